//! What administrators have set for the whole server.

use tokio_postgres::Row;

use crate::error::Error;
use crate::model::What;
use crate::model::audit::Note;
use crate::store::Store;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerSettings {
    /// Whether a new clip is open to anyone with the URL; otherwise only to authorized users.
    pub anyone: bool,
}

impl ServerSettings {
    pub async fn read(store: &Store) -> Result<Self, Error> {
        let client = store.client().await?;
        let row = client.query_one("select anyone from server_settings", &[]);
        Ok(Self::from_row(&row.await?))
    }

    pub async fn keep(&self, store: &Store) -> Result<(), Error> {
        let mut client = store.client().await?;
        let transaction = client.transaction().await?;
        let sql = "update server_settings set anyone = $1";
        transaction.execute(sql, &[&self.anyone]).await?;
        let detail = match self.anyone {
            true => "new clips are open to anyone with the URL",
            false => "new clips are open to authorized users only",
        };
        let note = Note::new(What::SettingsChanged).detail(detail);
        note.write(&transaction).await?;
        transaction.commit().await?;
        Ok(())
    }

    fn from_row(row: &Row) -> Self {
        Self {
            anyone: row.get("anyone"),
        }
    }
}
