//! The fields beside a query's editor for the values with which it is tried out. Their names begin with `values.`, so that they
//! cannot be those of the form's other fields.

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::field::Purpose;
use super::fields::{self, FieldsSource, NamedField};
use crate::access::{Queryable, Viewer};
use crate::error::Error;
use crate::model::{Clip, Database, Version};
use crate::result::Column;
use crate::run::error::parameter_error::Kind;
use crate::run::{ParameterTypes, Parameters, Values};
use crate::web::app::App;
use crate::web::http::extract::unreadable;
use crate::web::http::form::Form;
use crate::web::page::error_response::ErrorDetail;
use crate::web::rows::parameter_values::error_of_values;
use crate::web::rows::query::RowsQuery;

/// A part of a form.
#[derive(Default, Template)]
#[template(path = "clip/parameters/workbench.html")]
pub struct WorkbenchFields {
    fields: Vec<NamedField>,
    problem: Option<String>,
}

/// A form's fields, and the values beside them.
pub struct FormWithValues<T> {
    pub form: T,
    pub values: Vec<(String, String)>,
}

/// What a form asks, and for whom.
pub struct Asked<'a> {
    pub app: &'a App,
    pub viewer: &'a Viewer,
    /// Has the labels and the options.
    pub clip: Option<&'a Clip>,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for FormWithValues<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let (parts, body) = request.into_parts();
        let body = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await;
        let body = body.map_err(|rejection| {
            let otherwise = "The form arrived incomplete. Go back and send it again.";
            unreadable(rejection.status(), &rejection, otherwise)
        })?;
        let pairs = form_urlencoded::parse(&body).filter_map(|(name, value)| {
            Some((
                name.strip_prefix(Purpose::Workbench.prefix())?.to_owned(),
                value.into_owned(),
            ))
        });
        let values = pairs.collect();
        let request = Request::from_parts(parts, Body::from(body));
        let Form(form) = Form::from_request(request, state).await?;
        Ok(Self { form, values })
    }
}

/// The types of a text's parameters, if the database answers; without, they are texts. `types` learns them too.
pub async fn columns(
    app: &App,
    database: Option<&Queryable<Database>>,
    sql: &str,
    types: &ParameterTypes,
) -> Vec<Column> {
    let has_parameters = Parameters::read(sql).is_ok_and(|parameters| !parameters.is_empty());
    let target = database
        .filter(|_| has_parameters)
        .and_then(|database| app.target(database).ok());
    let Some(target) = target else {
        return Vec::new();
    };
    let prepared = app.runner.prepare(&target, sql, types).await;
    prepared
        .map(|prepared| prepared.parameters)
        .unwrap_or_default()
}

/// The values for a text's parameters among those that were sent.
pub fn values(sql: &str, columns: &[Column], sent: &[(String, String)]) -> Result<Values, Error> {
    let parameters = Parameters::read(sql).map_err(Error::of_query)?;
    RowsQuery::from_values(sent.to_vec(), &parameters).values(&parameters, columns)
}

impl Asked<'_> {
    /// With the values that were sent. `error` is why the text did not run, or was not saved.
    pub async fn fields(
        &self,
        sql: &str,
        columns: &[Column],
        sent: &[(String, String)],
        error: Option<&Error>,
    ) -> WorkbenchFields {
        let parameters = Parameters::read(sql).unwrap_or_default();
        let query = RowsQuery::from_values(sent.to_vec(), &parameters);
        let fields = self.of_query(&parameters, columns, &query).await;
        fields.with_error(self.clip, error)
    }

    /// In the order of the text.
    async fn of_query(
        &self,
        parameters: &Parameters,
        columns: &[Column],
        query: &RowsQuery,
    ) -> WorkbenchFields {
        let fields = FieldsSource {
            app: self.app,
            viewer: self.viewer,
            clip: self.clip,
            parameters: parameters.iter().collect(),
            columns,
            query,
            purpose: Purpose::Workbench,
        };
        WorkbenchFields {
            fields: fields.find().await,
            problem: None,
        }
    }
}

impl WorkbenchFields {
    /// With the values that the page's address has.
    pub async fn of_page(
        app: &App,
        viewer: &Viewer,
        clip: &Clip,
        version: &Version,
        query: &RowsQuery,
    ) -> Self {
        let parameters = version.parameters().unwrap_or_default();
        let columns = fields::columns(clip, version, &parameters);
        let asked = Asked {
            app,
            viewer,
            clip: Some(clip),
        };
        asked.of_query(&parameters, &columns, query).await
    }

    /// For templates.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    fn with_error(self, clip: Option<&Clip>, error: Option<&Error>) -> Self {
        let Some((about, error)) = error.and_then(|error| Some((error_of_values(error)?, error)))
        else {
            return self;
        };
        let name = about.name.as_deref().unwrap_or_default();
        let label = clip.map_or(name, |clip| clip.parameter_label(name));
        let problem = match about.kind {
            Kind::Missing => format!("Fill in {label} to run the query."),
            _ => ErrorDetail::new(error).message,
        };
        let is_missing = about.kind == Kind::Missing;
        let fields = self.fields.into_iter().map(|(parameter, field)| {
            let is_about = !is_missing && parameter == name;
            let field = field.with_problem(is_about.then(|| problem.clone()));
            (parameter, field)
        });
        Self {
            fields: fields.collect(),
            problem: is_missing.then(|| problem.clone()),
        }
    }
}
