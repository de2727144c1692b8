//! An OpenID provider that says whatever a test wants: right by default, or forged.

use std::sync::{Arc, Mutex};

use axum::extract::{Form, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use dataclips::model::{AccountRules, RoleMapping};
use dataclips::web::ProviderSettings;
use jiff::Timestamp;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use ring::{digest, hmac};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::Client;

/// The client's id and its secret.
const CLIENT: [&str; 2] = ["dataclips", "a secret of the client"];

/// How an ID token is signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Forgery {
    #[default]
    Right,
    /// `alg: none`, and no signature.
    Unsigned,
    /// HS256 by the client's secret.
    BySecret,
    /// A key that the provider does not name.
    ByOtherKey,
}

#[derive(Clone)]
pub struct OpenIdProvider {
    pub issuer: String,
    state: Arc<Mutex<Says>>,
}

struct Says {
    issuer: String,
    key: Arc<EcdsaKeyPair>,
    forgery: Forgery,
    /// Replace those of the ID token; `null` takes one away.
    claims: Value,
    user_info: Value,
    /// Of the last sign-in.
    asked: Option<Asked>,
    /// Instead of the description of the provider.
    nonsense: Option<String>,
}

#[derive(Clone, Deserialize)]
struct Asked {
    client_id: String,
    redirect_uri: String,
    response_type: String,
    scope: String,
    state: String,
    nonce: String,
    code_challenge: String,
    code_challenge_method: String,
}

#[derive(Deserialize)]
struct Exchange {
    code: String,
    code_verifier: String,
    redirect_uri: String,
}

type Shared = State<Arc<Mutex<Says>>>;

impl OpenIdProvider {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(Says {
            issuer: issuer.clone(),
            key: new_key(),
            forgery: Forgery::Right,
            claims: json!({}),
            user_info: json!({}),
            asked: None,
            nonsense: None,
        }));
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(describe))
            .route("/keys", get(keys))
            .route("/authorize", get(authorize))
            .route("/token", post(token))
            .route("/me", get(user_info))
            .with_state(state.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { issuer, state }
    }

    /// For `example.com`, without roles.
    pub fn settings(&self) -> ProviderSettings {
        Self::settings_of(&self.issuer)
    }

    /// The same for another provider.
    pub fn settings_of(issuer: &str) -> ProviderSettings {
        ProviderSettings {
            issuer: issuer.to_owned(),
            client_id: CLIENT[0].to_owned(),
            client_secret: CLIENT[1].to_owned(),
            name: "Example".to_owned(),
            scopes: vec!["email".to_owned()],
            groups_claim: "groups".to_owned(),
            accounts: AccountRules {
                domains: vec!["@example.com".to_owned()],
                roles: None,
                password_only_for: None,
            },
        }
    }

    pub fn settings_with_roles(&self, roles: &str) -> ProviderSettings {
        let mut settings = self.settings();
        settings.accounts.roles = Some(RoleMapping::parse(roles).unwrap());
        settings
    }

    /// Who signs in from now on: these claims differ from the usual ones.
    pub fn says(&self, claims: Value) {
        self.forges(Forgery::Right, claims);
    }

    pub fn forges(&self, forgery: Forgery, claims: Value) {
        let mut says = self.state.lock().unwrap();
        (says.forgery, says.claims) = (forgery, claims);
    }

    pub fn says_at_userinfo(&self, claims: Value) {
        self.state.lock().unwrap().user_info = claims;
    }

    pub fn describes_itself_as(&self, text: &str) {
        self.state.lock().unwrap().nonsense = Some(text.to_owned());
    }

    pub fn changes_its_key(&self) {
        self.state.lock().unwrap().key = new_key();
    }

    /// Goes through the provider's pages from where a server sent the browser; returns the way back, a path.
    pub async fn pass(&self, answer: &reqwest::Response) -> String {
        let there = answer.headers()["location"].to_str().unwrap().to_owned();
        assert!(there.starts_with(&self.issuer), "{there}");
        let stranger = Client::new("");
        let back = stranger.get(&there).await;
        assert_eq!(back.status(), 303, "{}", back.text().await.unwrap());
        let back = back.headers()["location"].to_str().unwrap();
        let (_, path) = back.split_once("/sign-in/").unwrap();
        format!("/sign-in/{path}")
    }
}

fn new_key() -> Arc<EcdsaKeyPair> {
    let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    Arc::new(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap())
}

async fn describe(State(state): Shared) -> Response {
    let says = state.lock().unwrap();
    if let Some(nonsense) = &says.nonsense {
        return nonsense.clone().into_response();
    }
    let issuer = &says.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/me"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
    }))
    .into_response()
}

async fn keys(State(state): Shared) -> Json<Value> {
    let key = state.lock().unwrap().key.clone();
    // 4, then x and y.
    let (x, y) = key.public_key().as_ref()[1..].split_at(32);
    let encode = |half: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(half);
    let key = json!({"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "x": encode(x), "y": encode(y)});
    Json(json!({"keys": [key]}))
}

async fn authorize(State(state): Shared, Query(asked): Query<Asked>) -> Response {
    assert_eq!(asked.client_id, CLIENT[0]);
    assert_eq!(asked.response_type, "code");
    assert_eq!(asked.code_challenge_method, "S256");
    assert_eq!(asked.scope, "openid email");
    let back = format!("{}?code=a-code&state={}", asked.redirect_uri, asked.state);
    state.lock().unwrap().asked = Some(asked);
    Redirect::to(&back).into_response()
}

async fn token(State(state): Shared, headers: HeaderMap, Form(sent): Form<Exchange>) -> Response {
    let says = state.lock().unwrap();
    let asked = says.asked.clone().unwrap();
    let [id, secret] = CLIENT.map(|text| text.replace(' ', "+"));
    let client = format!("Basic {}", BASE64_STANDARD.encode(format!("{id}:{secret}")));
    let challenge = digest::digest(&digest::SHA256, sent.code_verifier.as_bytes());
    let is_right = headers["authorization"] == client.as_str()
        && BASE64_URL_SAFE_NO_PAD.encode(challenge) == asked.code_challenge
        && sent.code == "a-code"
        && sent.redirect_uri == asked.redirect_uri;
    if !is_right {
        let refusal = json!({"error": "invalid_grant"});
        return (StatusCode::BAD_REQUEST, Json(refusal)).into_response();
    }
    let token = says.id_token(&asked.nonce);
    Json(json!({"access_token": "access", "token_type": "Bearer", "expires_in": 60, "id_token": token}))
        .into_response()
}

async fn user_info(State(state): Shared, headers: HeaderMap) -> Json<Value> {
    assert_eq!(headers["authorization"], "Bearer access");
    let says = state.lock().unwrap();
    let subject = says.claims.get("sub").cloned();
    let usual = json!({"sub": subject.unwrap_or(json!("ann's number"))});
    Json(with(usual, &says.user_info))
}

impl Says {
    fn id_token(&self, nonce: &str) -> String {
        let now = Timestamp::now().as_second();
        let usual = json!({
            "iss": self.issuer,
            "sub": "ann's number",
            "aud": CLIENT[0],
            "iat": now,
            "exp": now + 300,
            "nonce": nonce,
            "email": "ann@example.com",
            "email_verified": true,
            "groups": [],
        });
        let algorithm = match self.forgery {
            Forgery::Right | Forgery::ByOtherKey => "ES256",
            Forgery::Unsigned => "none",
            Forgery::BySecret => "HS256",
        };
        let encode = |part: &Value| BASE64_URL_SAFE_NO_PAD.encode(part.to_string());
        let claims = with(usual, &self.claims);
        let signed = format!("{}.{}", encode(&json!({"alg": algorithm})), encode(&claims));
        let signature = match self.forgery {
            Forgery::Right => signature(&self.key, &signed),
            Forgery::ByOtherKey => signature(&new_key(), &signed),
            Forgery::Unsigned => Vec::new(),
            Forgery::BySecret => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, CLIENT[1].as_bytes());
                hmac::sign(&key, signed.as_bytes()).as_ref().to_vec()
            }
        };
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

fn signature(key: &EcdsaKeyPair, text: &str) -> Vec<u8> {
    let signature = key.sign(&SystemRandom::new(), text.as_bytes()).unwrap();
    signature.as_ref().to_vec()
}

fn with(mut usual: Value, others: &Value) -> Value {
    for (name, value) in others.as_object().unwrap() {
        match value {
            Value::Null => usual.as_object_mut().unwrap().remove(name),
            value => usual
                .as_object_mut()
                .unwrap()
                .insert(name.clone(), value.clone()),
        };
    }
    usual
}
