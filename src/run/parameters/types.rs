//! The types of a query's parameters: PostgreSQL finds them out, or the clip's author fixes them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::fixed_type::FixedType;
use super::{Parameter, Parameters};
use crate::result::Column;

/// What is known of the types of a query's parameters. Clones share what a run finds out.
#[derive(Clone, Debug, Default)]
pub struct ParameterTypes {
    /// By name.
    pub(super) fixed: BTreeMap<String, FixedType>,
    /// Each with the name of its parameter.
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    types: Arc<[Column]>,
    is_new: bool,
}

impl ParameterTypes {
    pub fn new(fixed: BTreeMap<String, FixedType>, known: Vec<Column>) -> Self {
        let known = Known {
            types: known.into(),
            is_new: false,
        };
        Self {
            fixed,
            known: Arc::new(Mutex::new(known)),
        }
    }

    /// Those that were found out for this text; empty where they are not known.
    pub fn known(&self) -> Arc<[Column]> {
        self.with_known(|known| known.types.clone())
    }

    /// Whether those of all parameters are known.
    pub fn are_known(&self, parameters: &Parameters) -> bool {
        let known = self.known();
        let is_known = |parameter: &Parameter| self.of_name(&parameter.name, &known).is_some();
        parameters.iter().all(is_known)
    }

    /// Those that a run has found out, once, to be stored.
    pub fn take_new(&self) -> Option<Arc<[Column]>> {
        self.with_known(|known| std::mem::take(&mut known.is_new).then(|| known.types.clone()))
    }

    pub(in crate::run) fn learn(&self, types: Vec<Column>) {
        self.with_known(|known| {
            let types: Arc<[Column]> = types.into();
            known.is_new |= known.types != types;
            known.types = types;
        });
    }

    /// One for each of these names, if all are known.
    pub(in crate::run) fn of(&self, names: &[&str]) -> Option<Vec<Column>> {
        let known = self.known();
        names
            .iter()
            .map(|name| self.of_name(name, &known).cloned())
            .collect()
    }

    fn of_name<'k>(&self, name: &str, known: &'k [Column]) -> Option<&'k Column> {
        let known = known.iter().find(|column| column.name == name)?;
        let fixed = self.fixed.get(name).map(FixedType::oid);
        fixed
            .is_none_or(|oid| oid == known.type_oid)
            .then_some(known)
    }

    fn with_known<R>(&self, act: impl FnOnce(&mut Known) -> R) -> R {
        act(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
