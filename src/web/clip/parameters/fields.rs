//! The fields for a query's parameters, wherever a form asks for values: with the author's labels, help and options.

use futures_util::future::join_all;

use super::field::{Field, FieldSource, Purpose};
use super::options;
use crate::access::Viewer;
use crate::model::{Clip, Version};
use crate::result::Column;
use crate::run::Parameters;
use crate::run::parameters::Parameter;
use crate::web::app::App;
use crate::web::rows::query::RowsQuery;

/// What the fields are made from.
pub struct FieldsSource<'a> {
    pub app: &'a App,
    pub viewer: &'a Viewer,
    /// Whose settings say how to ask; `None` for a query that is no clip's yet.
    pub clip: Option<&'a Clip>,
    /// In the order of the fields.
    pub parameters: Vec<&'a Parameter>,
    /// The types of parameters, as far as they are known.
    pub columns: &'a [Column],
    /// The values as they were sent.
    pub query: &'a RowsQuery,
    pub purpose: Purpose,
}

/// A field with the name of its parameter.
pub type NamedField = (String, Field);

impl FieldsSource<'_> {
    pub async fn find(self) -> Vec<NamedField> {
        let settings = |name: &str| self.clip.and_then(|clip| clip.parameter_settings(name));
        let options = self.parameters.iter().map(|parameter| {
            // All at once: each may wait a second for a run.
            options::find(self.app, self.viewer, settings(&parameter.name))
        });
        let options = join_all(options).await;
        let fields = self.parameters.iter().zip(options);
        let fields = fields.map(|(parameter, options)| {
            let mut columns = self.columns.iter();
            let source = FieldSource {
                parameter,
                column: columns.find(|column| column.name == parameter.name),
                settings: settings(&parameter.name),
                options,
                query: self.query,
            };
            (parameter.name.clone(), Field::new(self.purpose, source))
        });
        fields.collect()
    }
}

/// The types of a version's parameters, as far as they are known: fixed by the clip's author, or told by PostgreSQL.
pub fn columns(clip: &Clip, version: &Version, parameters: &Parameters) -> Vec<Column> {
    let columns = parameters.names().filter_map(|name| {
        Some(Column {
            name: name.to_owned(),
            ..clip.parameter_type(version, name)?
        })
    });
    columns.collect()
}
