//! The OpenID provider: finds out where its addresses are, sends people there, and checks the answer. What it says of
//! itself is kept for an hour; nothing else is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod,
    CoreErrorResponseType, CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret, CsrfToken,
    DiscoveryError, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet,
    HttpRequest, IdTokenClaims, IdTokenFields, IdTokenVerifier, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, RedirectUrl, RequestTokenError, Scope,
    StandardErrorResponse, StandardTokenResponse, TokenResponse,
};
use tokio::sync::Mutex;

use super::begun::Begun;
use super::claims::{Claims, OtherClaims};
use super::http_client::{HttpClient, HttpError};
use super::settings::ProviderSettings;
use crate::error::Error;
use crate::model::Identity;

const METADATA_AGE_MAX: Duration = Duration::from_secs(3600);
/// Those who come meanwhile get the same error.
const FAILURE_AGE_MAX: Duration = Duration::from_secs(3);

/// None that anybody could make who knows the client's secret, and not `none`.
const ALGORITHMS: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Tokens = StandardTokenResponse<
    IdTokenFields<
        OtherClaims,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;
type Client = openidconnect::Client<
    OtherClaims,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Tokens,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;
type TokenClaims = IdTokenClaims<OtherClaims, CoreGenderClaim>;

pub struct Provider {
    pub settings: ProviderSettings,
    redirect_url: RedirectUrl,
    http: HttpClient,
    known: Mutex<Option<Known>>,
}

/// What the provider said of itself when it was last asked.
struct Known {
    at: Instant,
    metadata: Result<Arc<CoreProviderMetadata>, Failed>,
}

/// Why nobody can sign in there just now. The cause is for the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Failed {
    Unreachable,
    Unreadable,
}

impl Provider {
    /// `None` where the address of this server is none to come back to.
    pub fn new(settings: ProviderSettings, public_url: &str) -> Option<Self> {
        Some(Self {
            redirect_url: RedirectUrl::new(format!("{public_url}/sign-in/callback")).ok()?,
            http: HttpClient::new(&settings.issuer),
            settings,
            known: Mutex::default(),
        })
    }

    /// Where to send the browser, and what it carries back.
    pub(super) async fn begin(&self, next: &str) -> Result<(String, Begun), Error> {
        let metadata = self.metadata(METADATA_AGE_MAX).await?;
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client = self.client(&metadata);
        let request = client.authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            CsrfToken::new_random,
            Nonce::new_random,
        );
        let scopes = self.settings.scopes.iter().cloned().map(Scope::new);
        let request = request.add_scopes(scopes).set_pkce_challenge(challenge);
        let (address, state, nonce) = request.url();
        Ok((address.into(), Begun::new(state, nonce, verifier, next)))
    }

    /// Who signed in, by the code that the provider's redirect brought.
    pub(super) async fn finish(&self, begun: Begun, code: String) -> Result<Identity, Error> {
        let mut metadata = self.metadata(METADATA_AGE_MAX).await?;
        let tokens = self.tokens(&metadata, code, &begun).await?;
        let mut claims = self.claims(&metadata, &tokens, &begun.nonce);
        if matches!(
            claims,
            Err(ClaimsVerificationError::SignatureVerification(_))
        ) {
            // The provider may have new keys.
            metadata = self.metadata(Duration::ZERO).await?;
            claims = self.claims(&metadata, &tokens, &begun.nonce);
        }
        let claims = claims.map_err(|error| self.not_proven(&error.to_string()))?;
        let groups = &self.settings.groups_claim;
        let mut told = Claims::from_id_token(claims, groups);
        if !told.is_complete() {
            told = told.or(self.user_info(&metadata, &tokens, claims).await?);
        }
        let (verified_email, groups) = told.into_email_and_groups();
        Ok(Identity {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            verified_email,
            groups,
        })
    }

    async fn tokens(
        &self,
        metadata: &CoreProviderMetadata,
        code: String,
        begun: &Begun,
    ) -> Result<Tokens, Error> {
        let client = self.client(metadata);
        let request = client.exchange_code(AuthorizationCode::new(code));
        let request = request.map_err(|error| self.unreadable(&error.to_string()))?;
        let verifier = openidconnect::PkceCodeVerifier::new(begun.verifier.secret().clone());
        let sent = request
            .set_pkce_verifier(verifier)
            .request_async(&self.sender())
            .await;
        sent.map_err(|error| match error {
            RequestTokenError::ServerResponse(refusal) => self.not_proven(&refusal.to_string()),
            RequestTokenError::Request(cause) => self.unreachable(&cause),
            RequestTokenError::Parse(cause, _) => self.unreadable(&cause.to_string()),
            RequestTokenError::Other(cause) => self.unreadable(&cause),
        })
    }

    /// Issuer, audience, signature, expiry and nonce are right.
    fn claims<'a>(
        &self,
        metadata: &CoreProviderMetadata,
        tokens: &'a Tokens,
        nonce: &Nonce,
    ) -> Result<&'a TokenClaims, ClaimsVerificationError> {
        // Public: what the client's secret could sign is never accepted.
        let verifier = IdTokenVerifier::new_public_client(
            ClientId::new(self.settings.client_id.clone()),
            metadata.issuer().clone(),
            metadata.jwks().clone(),
        );
        let verifier = verifier.set_allowed_algs(ALGORITHMS);
        let token = tokens.id_token().ok_or_else(|| {
            ClaimsVerificationError::Other("the response has no ID token".to_owned())
        })?;
        let claims = token.claims(&verifier, nonce)?;
        match claims.authorized_party() {
            Some(party) if **party != self.settings.client_id => {
                Err(ClaimsVerificationError::InvalidAudience(
                    "it was issued to another client".to_owned(),
                ))
            }
            _ => Ok(claims),
        }
    }

    /// Of the same person; nothing where the provider has no such address.
    async fn user_info(
        &self,
        metadata: &CoreProviderMetadata,
        tokens: &Tokens,
        claims: &TokenClaims,
    ) -> Result<Claims, Error> {
        let client = self.client(metadata);
        let subject = Some(claims.subject().clone());
        let Ok(request) = client.user_info(tokens.access_token().clone(), subject) else {
            return Ok(Claims::default());
        };
        let told = request.request_async(&self.sender()).await;
        let told = told.map_err(|error| match error {
            openidconnect::UserInfoError::Request(cause) => self.unreachable(&cause),
            error => self.unreadable(&error.to_string()),
        })?;
        Ok(Claims::from_user_info(&told, &self.settings.groups_claim))
    }

    fn client(&self, metadata: &CoreProviderMetadata) -> Client {
        let id = ClientId::new(self.settings.client_id.clone());
        let secret = ClientSecret::new(self.settings.client_secret.clone());
        let client = Client::from_provider_metadata(metadata.clone(), id, Some(secret));
        let methods = metadata.token_endpoint_auth_methods_supported();
        // Without a word about it, the header is what the standard says.
        let takes_header = methods
            .is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
        let how = match takes_header {
            true => AuthType::BasicAuth,
            false => AuthType::RequestBody,
        };
        client
            .set_auth_type(how)
            .set_redirect_uri(self.redirect_url.clone())
    }

    /// Asks the provider where its addresses and keys are, unless it was asked a moment ago.
    async fn metadata(&self, age_max: Duration) -> Result<Arc<CoreProviderMetadata>, Error> {
        let mut known = self.known.lock().await;
        if let Some(known) = &*known
            && known.at.elapsed() < known.age_max(age_max)
        {
            let metadata = known.metadata.clone();
            return metadata.map_err(|failed| self.unavailable(failed));
        }
        let metadata = self.discover().await;
        *known = Some(Known {
            at: Instant::now(),
            metadata: metadata.clone(),
        });
        metadata.map_err(|failed| self.unavailable(failed))
    }

    async fn discover(&self) -> Result<Arc<CoreProviderMetadata>, Failed> {
        let issuer = IssuerUrl::new(self.settings.issuer.clone());
        let issuer = issuer.map_err(|error| self.log(Failed::Unreadable, &error.to_string()))?;
        let found = CoreProviderMetadata::discover_async(issuer, &self.sender()).await;
        found.map(Arc::new).map_err(|error| match error {
            DiscoveryError::Request(cause) => self.log(Failed::Unreachable, &with_source(&cause)),
            error => self.log(Failed::Unreadable, &error.to_string()),
        })
    }

    fn sender(
        &self,
    ) -> impl Fn(
        HttpRequest,
    ) -> std::pin::Pin<
        Box<dyn Future<Output = Result<openidconnect::HttpResponse, HttpError>> + Send>,
    > {
        let http = self.http.clone();
        move |request| Box::pin(http.clone().send(request))
    }

    fn log(&self, failed: Failed, cause: &str) -> Failed {
        let issuer = &self.settings.issuer;
        match failed {
            Failed::Unreachable => {
                tracing::warn!(issuer, cause, "the OpenID provider cannot be reached")
            }
            Failed::Unreadable => {
                tracing::warn!(issuer, cause, "the OpenID provider's answer cannot be used");
            }
        }
        failed
    }

    fn unreachable(&self, cause: &HttpError) -> Error {
        self.unavailable(self.log(Failed::Unreachable, &with_source(cause)))
    }

    fn unreadable(&self, cause: &str) -> Error {
        self.unavailable(self.log(Failed::Unreadable, cause))
    }

    fn unavailable(&self, failed: Failed) -> Error {
        let name = &self.settings.name;
        Error::ProviderUnavailable(match failed {
            Failed::Unreachable => {
                format!("{name} cannot be reached just now. Try again in a moment.")
            }
            Failed::Unreadable => format!(
                "{name} answered with something that this server cannot use. Tell your administrator: the server's log says more."
            ),
        })
    }

    /// The provider, or somebody in its place, did not prove who it is.
    fn not_proven(&self, cause: &str) -> Error {
        let name = &self.settings.name;
        tracing::warn!(
            issuer = self.settings.issuer,
            cause,
            "a sign-in was refused"
        );
        Error::Forbidden(format!(
            "{name} did not prove who you are, so you are not signed in. Try again; if it happens again, tell your administrator."
        ))
    }
}

impl Known {
    fn age_max(&self, of_metadata: Duration) -> Duration {
        match self.metadata {
            Ok(_) => of_metadata,
            Err(_) => FAILURE_AGE_MAX,
        }
    }
}

fn with_source(error: &HttpError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
