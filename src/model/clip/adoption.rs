//! Clips that nobody owns yet, as the sample clips of a new server.

use deadpool_postgres::GenericClient;

use crate::error::Error;

/// Gives clips without an owner to the first administrator who is not deactivated, if there is one. It does not matter how the administrator
/// was added, nor whether before or after the clips.
pub(in crate::model) async fn adopt_sample_clips(client: &impl GenericClient) -> Result<(), Error> {
    client
        .execute(
            "update clips
             set owner_id = administrators.id
             from (
                 select id from users
                 where role = 'administrator'
                 order by exists (select from user_deactivations where user_id = users.id), id
                 limit 1
             ) as administrators
             where owner_id is null",
            &[],
        )
        .await?;
    Ok(())
}
