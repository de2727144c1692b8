//! A chart applied to actual columns. It comes from a stored chart, the URL's query, or a proposal.

use super::role::Role;
use super::{Chart, ChartKind, ChartLook, Opening, Stacking, check_y};
use crate::error::Error;
use crate::result::{Column, unique_names};

/// What is drawn. Columns are identified by their index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub kind: ChartKind,
    /// `None`: the row's number. A figure has none.
    pub x: Option<usize>,
    pub y: Vec<usize>,
    pub series: Option<usize>,
    pub stacking: Stacking,
    pub look: ChartLook,
}

impl Picture {
    /// Checks that these columns can be drawn like this, and drops what the kind of chart does not use.
    pub fn choose(self, columns: &[Column]) -> Result<Self, Error> {
        let mut y = Vec::new();
        for index in self.y {
            let column = find("y", index, columns)?;
            if Role::from_column(column) != Role::Number {
                return Err(Error::invalid(
                    "y",
                    format!(
                        "“{}” holds no numbers ({}). Choose columns with numbers.",
                        column.name, column.type_name
                    ),
                ));
            }
            if !y.contains(&index) {
                y.push(index);
            }
        }
        check_y(&y)?;
        for (field, index) in [("x", self.x), ("series", self.series)] {
            if let Some(index) = index {
                find(field, index, columns)?;
            }
        }
        let is_drawn = self.kind != ChartKind::Figure;
        let stacking = Stacking::new(self.kind.stacks() && self.stacking.is_stacked());
        let look = self.look.suited_to(self.kind, stacking);
        look.check(stacking)?;
        Ok(Self {
            kind: self.kind,
            x: self.x.filter(|_| is_drawn),
            y,
            series: self.series.filter(|_| is_drawn),
            stacking,
            look,
        })
    }

    /// Applies a stored chart to these columns; fails if it does not fit them.
    pub fn from_chart(chart: &Chart, columns: &[Column]) -> Result<Self, Error> {
        let names = unique_names(columns);
        let find = |field: &'static str, wanted: &String| {
            let index = names.iter().position(|name| name == wanted);
            index.ok_or_else(|| {
                Error::invalid(
                    field,
                    format!("There is no column “{wanted}” among the rows."),
                )
            })
        };
        let picture = Self {
            kind: chart.kind,
            x: chart.x.as_ref().map(|name| find("x", name)).transpose()?,
            y: chart
                .y
                .iter()
                .map(|name| find("y", name))
                .collect::<Result<_, _>>()?,
            series: chart
                .series
                .as_ref()
                .map(|name| find("series", name))
                .transpose()?,
            stacking: chart.stacking,
            look: chart.look.clone(),
        };
        picture.choose(columns)
    }

    /// The chart to store.
    pub fn to_chart(&self, columns: &[Column], opening: Opening) -> Chart {
        let names = unique_names(columns);
        let name = |index: usize| names.get(index).cloned();
        Chart {
            kind: self.kind,
            x: self.x.and_then(name),
            y: self.y.iter().filter_map(|index| name(*index)).collect(),
            series: self.series.and_then(name),
            stacking: self.stacking,
            look: self.look.clone(),
            opening,
        }
    }
}

fn find<'a>(field: &'static str, index: usize, columns: &'a [Column]) -> Result<&'a Column, Error> {
    columns.get(index).ok_or_else(|| {
        Error::invalid(
            field,
            format!(
                "There is no column {}: the rows have {}.",
                index.saturating_add(1),
                columns.len()
            ),
        )
    })
}
