//! Finds out the types of a text's blanks.

use tokio_postgres::types::Type;

use super::ParameterError;
use super::fixed_type::FixedType;
use super::places::numbered;
use super::statement::Statement;
use super::types::ParameterTypes;
use crate::result::Column;
use crate::run::Failure;

/// PostgreSQL tells the type of most blanks, one by one; those that it cannot tell become text.
///
/// At first each blank has a number of its own, so that the places of a name can be compared. Where PostgreSQL asks for
/// equal expressions in several places, as GROUP BY does, each name has one number, but for those whose type it then
/// cannot tell.
pub(in crate::run) struct TypeSearch<'s> {
    statement: &'s Statement<'s>,
    types: &'s ParameterTypes,
    /// By name: whether its blanks have a number each.
    is_split: Vec<bool>,
    /// The number of each blank, from 1.
    numbers: Vec<usize>,
    text: String,
    /// By number.
    declared: Vec<u32>,
    /// By number: whether it is text only because PostgreSQL could not tell.
    is_guessed: Vec<bool>,
}

impl<'s> TypeSearch<'s> {
    pub(in crate::run) fn new(statement: &'s Statement<'s>, types: &'s ParameterTypes) -> Self {
        let mut search = Self {
            statement,
            types,
            is_split: vec![true; statement.names().len()],
            numbers: Vec::new(),
            text: String::new(),
            declared: Vec::new(),
            is_guessed: Vec::new(),
        };
        search.number();
        search
    }

    pub(in crate::run) fn text(&self) -> &str {
        &self.text
    }

    /// By number; 0 for those that PostgreSQL is to find out.
    pub(in crate::run) fn declared(&self) -> &[u32] {
        &self.declared
    }

    /// PostgreSQL cannot tell the type of the parameter with this number. Returns whether there is another way to ask.
    pub(in crate::run) fn is_undetermined(&mut self, number: usize) -> bool {
        let Some(index) = number.checked_sub(1) else {
            return false;
        };
        if self.split(number) {
            return true;
        }
        match self.declared.get_mut(index) {
            Some(declared) if *declared == 0 => {
                *declared = Type::TEXT.oid();
                self.is_guessed[index] = true;
                true
            }
            _ => false,
        }
    }

    /// PostgreSQL finds expressions different that are equal in the query. Returns whether there is another way to ask.
    pub(in crate::run) fn unite(&mut self) -> bool {
        let can_unite = self.is_split.iter().all(|is_split| *is_split);
        if can_unite {
            self.is_split.fill(false);
            self.number();
        }
        can_unite
    }

    /// The type of each parameter, in the order of the names: of the first of its blanks whose type PostgreSQL told, else of
    /// the first. `found` has the type of each number.
    /// [`Failure::Parameter`] where the places of a name have different types.
    pub(in crate::run) fn named(&self, found: &[Column]) -> Result<Vec<Column>, Failure> {
        if found.len() != self.declared.len() {
            return Err(Failure::misunderstood());
        }
        let names = self.statement.names().iter();
        let named = names.map(|name| {
            Ok(Column {
                name: (*name).to_owned(),
                ..self.deciding(name, found)?.clone()
            })
        });
        named.collect()
    }

    /// Whether the parameter with this number stood for several blanks, which now have a number each.
    fn split(&mut self, number: usize) -> bool {
        let blank = self.numbers.iter().position(|other| *other == number);
        let Some(blank) = blank else {
            return false;
        };
        let place = self.place_of(self.statement.blanks()[blank].name);
        let is_new = !std::mem::replace(&mut self.is_split[place], true);
        if is_new {
            self.number();
        }
        is_new
    }

    /// Numbers the blanks anew. Forgets what PostgreSQL could not tell.
    fn number(&mut self) {
        let mut of_names = vec![None; self.is_split.len()];
        self.numbers.clear();
        self.declared.clear();
        for blank in self.statement.blanks() {
            let place = self.place_of(blank.name);
            let known = of_names[place].filter(|_| !self.is_split[place]);
            let number = known.unwrap_or_else(|| {
                let fixed = self.types.fixed.get(blank.name);
                self.declared.push(fixed.map_or(0, FixedType::oid));
                self.declared.len()
            });
            of_names[place] = Some(number);
            self.numbers.push(number);
        }
        self.is_guessed = vec![false; self.declared.len()];
        let numbers = &self.numbers;
        let (sql, blanks) = (self.statement.sql(), self.statement.blanks());
        self.text = numbered(sql, blanks, |index, _| numbers[index]);
    }

    fn place_of(&self, name: &str) -> usize {
        let names = self.statement.names().iter();
        names.take_while(|other| **other != name).count()
    }

    fn deciding<'f>(&self, name: &str, found: &'f [Column]) -> Result<&'f Column, Failure> {
        let blanks = self.statement.blanks().iter().zip(&self.numbers);
        let places = blanks.filter(|(blank, _)| blank.name == name);
        let places = places.map(|(blank, number)| (blank.start, number - 1));
        let all: Vec<_> = places.collect();
        let told = all.iter().filter(|(_, index)| !self.is_guessed[*index]);
        let told: Vec<_> = told.copied().collect();
        let first = *told.first().unwrap_or(&all[0]);
        let is_other =
            |(_, index): &&(usize, usize)| found[*index].type_oid != found[first.1].type_oid;
        let Some(other) = told.iter().find(is_other) else {
            return Ok(&found[first.1]);
        };
        let named = |(start, index): (usize, usize)| (start, found[index].written_type());
        let places = [named(first), named(*other)];
        Err(ParameterError::ambiguous(self.statement.sql(), name, places).into())
    }
}
