//! Visits all rows of a finished result in order.

use std::io;
use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::result::{Interrupted, Row, Rows};

/// One scan per core: each holds a decoded page.
static SCANS: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, usize::from)));

impl Rows {
    /// Folds over all rows, once the run has ended. Decodes one page at a time, on a blocking thread.
    pub async fn fold<T: Send + 'static>(
        &self,
        start: T,
        step: impl Fn(&mut T, Row<'_>) -> io::Result<()> + Send + 'static,
    ) -> Result<T, Interrupted> {
        self.finished().await?;
        let turn = SCANS.acquire().await.map_err(|_| Interrupted)?;
        let rows = self.clone();
        let folded = spawn_blocking(move || {
            let _turn = turn;
            let mut folded = start;
            let mut index = 0;
            while let Some(batch) = rows.read_batch(index)? {
                for row in batch.rows() {
                    step(&mut folded, row).map_err(|_| Interrupted)?;
                }
                index = batch.next();
            }
            Ok(folded)
        });
        folded.await.map_err(|_| Interrupted)?
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::result::{Column, Memory};

    #[tokio::test]
    async fn every_row_is_visited_once_in_order_and_an_error_stops_the_scan() {
        let column = Column {
            name: "a".to_owned(),
            type_oid: 25,
            type_name: "text".to_owned(),
            element_oid: None,
            type_modifier: None,
        };
        let (mut writer, rows) = Rows::new(vec![column], &Memory::new(4 << 20));
        let texts: Vec<String> = (0..1_000).map(|number| format!("{number:01000}")).collect();
        for text in &texts {
            writer.append([Some(text.as_str())].into_iter()).unwrap();
        }
        writer.finish(None).unwrap();
        assert!(rows.page_ends().len() > 2);
        let seen = rows.fold(Vec::new(), |seen, row| {
            row.cells(|_, cell| {
                seen.extend(cell.beginning(0)?.map(Cow::into_owned));
                Ok(())
            })
        });
        assert_eq!(seen.await.unwrap(), texts);
        let failed = rows.fold((), |(), _| Err(io::Error::other("full")));
        assert!(failed.await.is_err());
    }
}
