//! A backup as a value.

use std::io::Cursor;

use dataclips::model::backup::{self, Document, ImportError, Imported, KeptResults, Source};

use super::Server;
use serde_json::Value;

impl Server {
    pub async fn export(&self) -> Value {
        let mut written = Vec::new();
        let mut document = Document::new(&mut written);
        backup::export(&self.app.store, KeptResults::Pinned, &mut document)
            .await
            .unwrap();
        drop(document);
        serde_json::from_slice(&written).unwrap()
    }

    pub async fn import(&self, document: &Value) -> Result<Imported, ImportError> {
        let source = Source::Document(Box::new(Cursor::new(document.to_string())));
        backup::import(&self.app.store, &self.app.key, source).await
    }
}
