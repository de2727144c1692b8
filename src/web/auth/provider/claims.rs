//! What a provider says about a person, in its ID token or its userinfo. Both have the same names.

use openidconnect::core::CoreGenderClaim;
use openidconnect::{AdditionalClaims, IdTokenClaims, StandardClaims, UserInfoClaims};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::model::Email;

/// Claims that the standard does not name, such as groups.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct OtherClaims(Map<String, Value>);

impl AdditionalClaims for OtherClaims {}

/// `None`: not said.
#[derive(Default)]
pub(super) struct Claims {
    /// The inner is `None` where the address is not verified.
    verified_email: Option<Option<Email>>,
    groups: Option<Vec<String>>,
}

impl Claims {
    pub fn from_id_token(
        claims: &IdTokenClaims<OtherClaims, CoreGenderClaim>,
        groups_claim: &str,
    ) -> Self {
        let (email, is_verified) = (claims.email(), claims.email_verified());
        Self {
            verified_email: email.map(|email| verified(email, is_verified)),
            groups: claims.additional_claims().groups(groups_claim),
        }
    }

    pub fn from_user_info(
        claims: &UserInfoClaims<OtherClaims, CoreGenderClaim>,
        groups_claim: &str,
    ) -> Self {
        let standard: &StandardClaims<_> = claims.standard_claims();
        let (email, is_verified) = (standard.email(), standard.email_verified());
        Self {
            verified_email: email.map(|email| verified(email, is_verified)),
            groups: claims.additional_claims().groups(groups_claim),
        }
    }

    pub fn is_complete(&self) -> bool {
        self.verified_email.is_some() && self.groups.is_some()
    }

    /// What these do not say, the others do.
    pub fn or(self, others: Self) -> Self {
        Self {
            verified_email: self.verified_email.or(others.verified_email),
            groups: self.groups.or(others.groups),
        }
    }

    pub fn into_email_and_groups(self) -> (Option<Email>, Vec<String>) {
        let email = self.verified_email.flatten();
        (email, self.groups.unwrap_or_default())
    }
}

/// An address and whether it is verified count only together, from one source.
fn verified(email: &str, is_verified: Option<bool>) -> Option<Email> {
    Email::parse(email).filter(|_| is_verified == Some(true))
}

impl OtherClaims {
    /// A list of texts; a single text counts as a list of one.
    fn groups(&self, claim: &str) -> Option<Vec<String>> {
        match self.0.get(claim)? {
            Value::String(group) => Some(vec![group.clone()]),
            Value::Array(groups) => {
                let groups = groups.iter().filter_map(Value::as_str);
                Some(groups.map(str::to_owned).collect())
            }
            _ => None,
        }
    }
}
