//! GeoJSON (RFC 7946): a feature for each row, whose geometry is the only column that holds geometries. The other columns
//! are its properties, as in JSON.
//!
//! Nothing is transformed: what GeoJSON cannot say as it is stored is refused, with the expression to select instead.

use std::io::{self, Write};

use super::object::Object;
use crate::encode::Encoder;
use crate::encode::cell::geo_json::{Obstacle, write_in_feature};
use crate::encode::cell::nested_json::NestedJson;
use crate::encode::cell::value::{Kind, Scalar};
use crate::encode::output::Output;
use crate::encode::unfit::Unfit;
use crate::result::{Cell, Column, Row, Summary};

/// Names that a sentence lists; it only counts the others.
const NAMES_MAX: usize = 10;

/// `{"type":"FeatureCollection","features":[{"type":"Feature","geometry":…,"properties":{"a":1}},…],"truncated":false}`
pub(in crate::encode) struct Features {
    geometry: Geometry,
    properties: Object,
    rows: u64,
}

/// The column that holds the geometries.
#[derive(Default)]
struct Geometry {
    index: usize,
    name: String,
    is_geography: bool,
}

/// Whether exactly one of these columns holds geometries, as features need it.
pub(in crate::encode) fn has_one_geometry(columns: &[Column]) -> bool {
    Geometry::find(columns).is_ok()
}

impl Features {
    pub(in crate::encode) fn new() -> Self {
        Self {
            geometry: Geometry::default(),
            properties: Object::new(NestedJson::as_printed()),
            rows: 0,
        }
    }
}

impl Encoder for Features {
    fn begin(&mut self, columns: &[Column], out: &mut Output) -> io::Result<()> {
        self.geometry = Geometry::find(columns)?;
        let left_out = Some(self.geometry.index);
        self.properties.begin_without(left_out, columns)?;
        out.write_all(br#"{"type":"FeatureCollection","features":["#)
    }

    fn row(&mut self, row: Row<'_>, out: &mut Output) -> io::Result<()> {
        out.write_all(if self.rows == 0 { b"\n" } else { b",\n" })?;
        self.rows += 1;
        out.write_all(br#"{"type":"Feature","geometry":"#)?;
        row.cell(self.geometry.index, |cell| match cell {
            Cell::Null => out.write_all(b"null"),
            cell => match write_in_feature(cell, out)? {
                Ok(()) => Ok(()),
                Err(obstacle) => Err(self.geometry.refuse(self.rows, obstacle).into()),
            },
        })?;
        out.write_all(br#","properties":"#)?;
        self.properties.write(row, out)?;
        out.write_all(b"}")
    }

    /// Readers ignore members that they do not know.
    fn finish(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()> {
        out.write_all(b"\n],\"truncated\":")?;
        match summary.truncated {
            Some(cut) => write!(out, r#"true,"truncated_by":"{}""#, cut.as_str())?,
            None => out.write_all(b"false")?,
        }
        out.write_all(b"}\n")
    }
}

impl Geometry {
    fn find(columns: &[Column]) -> Result<Self, Unfit> {
        let geometry = Kind::Scalar(Scalar::Geometry);
        let kinds = Kind::all(columns).into_iter().zip(columns).enumerate();
        let found: Vec<(usize, &Column)> = kinds
            .filter(|(_, (kind, _))| *kind == geometry)
            .map(|(index, (_, column))| (index, column))
            .collect();
        match found[..] {
            [(index, column)] => Ok(Self {
                index,
                name: column.name.clone(),
                is_geography: column.type_name == "geography",
            }),
            [] => Err(Unfit(format!(
                "GeoJSON needs a column of type geometry or geography, and there is none among {}. Select one, as in st_setsrid(st_makepoint(longitude, latitude), 4326) as geom.",
                names(columns.iter())
            ))),
            [_, (_, second), ..] => Err(Unfit(format!(
                "GeoJSON needs exactly one column of type geometry or geography, and there are {count}: {names}. Select one of them, and the others as text, as in st_astext({second}) as {second}.",
                count = found.len(),
                names = names(found.iter().map(|(_, column)| *column)),
                second = identifier(&second.name),
            ))),
        }
    }

    /// What to select instead.
    fn refuse(&self, row: u64, obstacle: Obstacle) -> Unfit {
        let name = identifier(&self.name);
        let value = match self.is_geography {
            true => format!("{name}::geometry"),
            false => name.clone(),
        };
        let system = "GeoJSON is in longitude and latitude (WGS 84, SRID 4326)";
        let reason = match obstacle {
            Obstacle::Srid(0) => format!(
                "has no SRID, so its reference system is unknown, and {system}. If its numbers are longitude and latitude, select st_setsrid({value}, 4326) as {name}; else say which system they are in, as in st_transform(st_setsrid({value}, 3857), 4326) as {name}."
            ),
            Obstacle::Srid(srid) => format!(
                "has SRID {srid}, and {system}. Select st_transform({value}, 4326) as {name}."
            ),
            Obstacle::Shape {
                name: shape,
                is_curve: true,
            } => format!(
                "is a {shape}, a shape that GeoJSON does not have. Select st_curvetoline({value}) as {name}."
            ),
            Obstacle::Shape {
                name: shape,
                is_curve: false,
            } => format!(
                "is a {shape}, a shape that GeoJSON does not have. Select polygons instead, or leave such rows out."
            ),
            Obstacle::EmptyPoint => {
                "has an empty point among its points, which GeoJSON cannot hold. Leave such rows out.".to_owned()
            }
            Obstacle::NotFinite => {
                "has a coordinate that is infinite or not a number, which GeoJSON cannot hold. Leave such rows out.".to_owned()
            }
            Obstacle::TooDeep(depth) => format!(
                "has collections nested more than {depth} levels deep, which many readers of JSON refuse. Select st_collectionhomogenize({value}) as {name}."
            ),
            Obstacle::Unreadable => "is not a geometry as PostGIS prints it.".to_owned(),
        };
        Unfit(format!("Row {row}: “{}” {reason}", self.name))
    }
}

/// “id”, “name” and 3 more
fn names<'a>(columns: impl ExactSizeIterator<Item = &'a Column>) -> String {
    let more = columns.len().saturating_sub(NAMES_MAX);
    let named = columns.take(NAMES_MAX);
    let named: Vec<String> = named.map(|column| format!("“{}”", column.name)).collect();
    match more {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// A column's name as SQL writes it.
fn identifier(name: &str) -> String {
    let is_plain = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.chars().all(|character| {
            character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_'
        });
    match is_plain {
        true => name.to_owned(),
        false => format!("\"{}\"", name.replace('"', "\"\"")),
    }
}
