//! The JSON of a backup. Rows go to a spool as they are read, so that memory does not grow with them.

use serde::de::{Error, MapAccess, SeqAccess};
use serde_json::{Map, Value, from_value};

use super::batches::Batches;
use super::json::{List, Object, OrNull, ReadFields, ReadItems};
use super::pages::{PageRecord, SpooledPage};
use super::read_clip::{ReadClip, ReadResult};
use crate::result::Spool;

/// Reads the head, and the clips where they are in the same document.
pub(super) struct Document<'a>(pub(super) &'a mut Batches);

/// Reads one clip into an empty spool.
pub(super) struct Clip(pub(super) Spool);

struct Clips<'a>(&'a mut Batches);
struct Results<'a>(&'a mut Spool);
struct OneResult<'a>(&'a mut Spool);
struct Pages<'a>(&'a mut Spool);

impl ReadFields for Document<'_> {
    type Value = ();

    fn read<'de, A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut head = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            match name.as_str() {
                "clips" => fields.next_value_seed(List(Clips(self.0)))?,
                _ => drop(head.insert(name, fields.next_value()?)),
            }
            if ["format", "users", "databases"]
                .iter()
                .all(|part| head.contains_key(*part))
            {
                self.0.set_head(parsed(std::mem::take(&mut head))?);
            }
        }
        match self.0.has_head() {
            true => Ok(()),
            // Names what is missing.
            false => parsed(head).map(|head| self.0.set_head(head)),
        }
    }
}

impl ReadItems for Clips<'_> {
    type Value = ();

    fn read<'de, A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(clip) = items.next_element_seed(Object(Clip(self.0.spool())))? {
            self.0.push(clip).map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

impl ReadFields for Clip {
    type Value = ReadClip;

    fn read<'de, A: MapAccess<'de>>(mut self, mut fields: A) -> Result<ReadClip, A::Error> {
        let mut clip = Map::new();
        let mut results = Vec::new();
        while let Some(name) = fields.next_key::<String>()? {
            match name.as_str() {
                "pin" => {
                    let pin = fields.next_value_seed(OrNull(Object(OneResult(&mut self.0))))?;
                    results.extend(pin.map(ReadResult::pinned));
                }
                "results" => results.extend(fields.next_value_seed(List(Results(&mut self.0)))?),
                _ => drop(clip.insert(name, fields.next_value()?)),
            }
        }
        Ok(ReadClip {
            clip: parsed(clip)?,
            results,
            spool: self.0,
        })
    }
}

impl ReadItems for Results<'_> {
    type Value = Vec<ReadResult>;

    fn read<'de, A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<ReadResult>, A::Error> {
        let mut results = Vec::new();
        while let Some(result) = items.next_element_seed(Object(OneResult(self.0)))? {
            results.push(result);
        }
        Ok(results)
    }
}

impl ReadFields for OneResult<'_> {
    type Value = ReadResult;

    fn read<'de, A: MapAccess<'de>>(self, mut fields: A) -> Result<ReadResult, A::Error> {
        let mut result = Map::new();
        let mut pages = Vec::new();
        while let Some(name) = fields.next_key::<String>()? {
            match name.as_str() {
                "pages" => pages = fields.next_value_seed(List(Pages(self.0)))?,
                _ => drop(result.insert(name, fields.next_value()?)),
            }
        }
        Ok(ReadResult {
            result: parsed(result)?,
            pages,
        })
    }
}

impl ReadItems for Pages<'_> {
    type Value = Vec<SpooledPage>;

    fn read<'de, A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<SpooledPage>, A::Error> {
        let mut pages = Vec::new();
        while let Some(page) = items.next_element::<PageRecord>()? {
            pages.push(page.spool(self.0).map_err(A::Error::custom)?);
        }
        Ok(pages)
    }
}

fn parsed<T: serde::de::DeserializeOwned, E: Error>(fields: Map<String, Value>) -> Result<T, E> {
    from_value(Value::Object(fields)).map_err(E::custom)
}
