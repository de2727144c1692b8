//! What the audit keeps, and for how long.

use std::time::Duration;

use clap::Args;

use crate::model::AUDIT_KEPT_MIN;

const DAY: Duration = Duration::from_hours(24);
/// A century.
const DAYS_MAX: u32 = 36_525;

#[derive(Args, Clone, Debug)]
pub(super) struct AuditSettings {
    /// How long audit entries are kept: at least 30d
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_AUDIT_KEPT",
        value_name = "DAYS",
        default_value = "365d"
    )]
    audit_kept: String,

    /// What the audit keeps of a run's parameters: hash (with the secret key) or value
    #[arg(
        long,
        global = true,
        env = "DATACLIPS_AUDIT_PARAMETERS",
        value_name = "FORM",
        default_value = "hash"
    )]
    audit_parameters: String,
}

/// See `docs/audit.md`.
#[derive(Clone, Copy, Debug)]
pub struct Audit {
    pub kept: Duration,
    /// Otherwise hashes of them.
    pub keeps_values: bool,
}

impl AuditSettings {
    pub(super) fn kept(&self) -> Result<Duration, String> {
        let days = self
            .audit_kept
            .strip_suffix('d')
            .and_then(|days| days.parse().ok());
        let days = days.filter(|days: &u32| *days <= DAYS_MAX);
        let kept = days
            .map(|days| DAY * days)
            .filter(|kept| *kept >= AUDIT_KEPT_MIN);
        kept.ok_or_else(|| {
            format!(
                "DATACLIPS_AUDIT_KEPT is “{}”: give a number of days, 30d or more, such as 365d.",
                self.audit_kept
            )
        })
    }

    pub(super) fn keeps_values(&self) -> Result<bool, String> {
        match self.audit_parameters.as_str() {
            "hash" => Ok(false),
            "value" => Ok(true),
            other => Err(format!(
                "DATACLIPS_AUDIT_PARAMETERS is “{other}”: give hash or value."
            )),
        }
    }
}
