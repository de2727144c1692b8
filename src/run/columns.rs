//! The columns of a statement, as PostgreSQL describes them.

use tokio_postgres::Statement;
use tokio_postgres::types::{Kind, Type};

use super::Failure;
use crate::result::Column;

/// Refuses statements that cannot give a result: those with parameters, and those that return no columns.
pub(super) fn columns(statement: &Statement) -> Result<Vec<Column>, Failure> {
    if !statement.params().is_empty() {
        return Err(Failure::Parameters);
    }
    if statement.columns().is_empty() {
        return Err(Failure::NoColumns);
    }
    let columns = statement.columns().iter().map(|column| Column {
        name: column.name().to_owned(),
        type_oid: column.type_().oid(),
        type_name: column.type_().name().to_owned(),
        element_oid: element(column.type_()).map(|element| base(element).oid()),
        element_name: element(column.type_())
            .filter(|element| base(element) != *element)
            .map(|element| base(element).name().to_owned()),
        type_modifier: Some(column.type_modifier()),
        ..Column::default()
    });
    Ok(columns.collect())
}

fn element(described: &Type) -> Option<&Type> {
    match described.kind() {
        Kind::Array(element) => Some(element),
        _ => None,
    }
}

/// The type beneath a domain. PostgreSQL resolves domains in a column's own type, but not in an array's elements.
fn base(described: &Type) -> &Type {
    match described.kind() {
        Kind::Domain(under) => base(under),
        _ => described,
    }
}
