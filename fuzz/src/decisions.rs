//! The requests that the engine decides about, from their bytes to the decision.

use countersign_engine::authorize::{self, AuthorizationRequest, Failure, Fetched};
use countersign_engine::client_auth::Credentials;
use countersign_engine::policy::{Lifetimes, RegistrationPolicy, ScopeInfo};
use countersign_engine::records::{Client, ObjectAlg, Origin};
use countersign_engine::registration::{Registered, Registrar, describe, register};
use countersign_engine::token::GrantRequest;
use countersign_engine::{Cx, Policy};
use countersign_protocol::registration::ClientMetadata;
use countersign_protocol::{ClientId, Entropy, Params, Refusal, Scope, Timestamp, Ttl, base64url, params};

/// An authorization request (OAuth 2.1 §4.1.1): nobody is sent anywhere but to a registered redirect URI, and nothing
/// is accepted without a challenge.
pub fn authorize(data: &[u8]) {
    let (policy, mut entropy) = (policy(), Counter(0));
    let mut cx = cx(&mut entropy);
    let Some(client) = shop(&mut cx, &policy) else { return };
    let request = AuthorizationRequest::parse(data);
    let known = request.client_id().is_some_and(|id| id == client.id).then_some(&client);
    judge(&mut cx, &policy, request, known);
}

/// The claims of a request object (OpenID Connect Core §6), sent by a client that may leave them unsigned, and the same
/// bytes in the place of the whole object: the outcome is held to what holds for every request.
pub fn request_object(data: &[u8]) {
    let (policy, mut entropy) = (policy(), Counter(0));
    let mut cx = cx(&mut entropy);
    let Some(mut client) = shop(&mut cx, &policy) else { return };
    client.request_objects.alg = Some(ObjectAlg::Unsigned);
    client.request_objects.uris = vec!["https://app.example/request".to_owned()];
    let object = format!("{}.{}.", base64url(r#"{"alg":"none"}"#), base64url(data));
    let outside = [("client_id", "shop"), ("response_type", "code"), ("scope", "openid")];
    let sent = |name, value| params::write(outside.into_iter().chain([(name, value)]));
    let text = str::from_utf8(data).unwrap_or_default();
    for raw in [
        sent("request", object.as_str()),
        sent("request", text),
        sent("request_uri", client.request_objects.uris[0].as_str()),
    ] {
        let request = AuthorizationRequest::parse(raw.as_bytes());
        let fetched = Fetched { object: Some(text.to_owned()), keys: None };
        let request = request.unpack(&mut cx, &policy, &client, &fetched);
        assert!(!request.has_object(), "looked at, or refused");
        judge(&mut cx, &policy, request, Some(&client));
    }
}

fn judge(cx: &mut Cx<'_>, policy: &Policy, request: AuthorizationRequest, known: Option<&Client>) {
    let registered = |uri: &str| known.is_some_and(|client| client.redirect_uri(uri).is_some());
    match authorize::validate(cx, policy, request, known) {
        Ok(valid) => {
            assert!(registered(valid.target.uri().as_str()));
            assert!(valid.challenge.is_some(), "PKCE is not optional for this client");
            assert!(known.is_some_and(|client| valid.scope.is_subset(&client.scope)));
        }
        Err(Failure::Redirect(target, refusal)) => {
            assert!(registered(target.uri().as_str()));
            says_nothing_odd(&refusal);
        }
        Err(Failure::ShowPage(page)) => says_nothing_odd(&page.refusal),
    }
}

/// A token request (OAuth 2.1 §3.2.2): the password grant is never read, and two credentials are never accepted.
pub fn token_form(data: &[u8]) {
    let mut entropy = Counter(0);
    let mut cx = cx(&mut entropy);
    let Ok(form) = Params::parse(data) else { return };
    match GrantRequest::parse(&mut cx, &form) {
        Ok(request) => assert_eq!(form.find("grant_type"), Some(request.grant_type().as_str())),
        Err(refusal) => says_nothing_odd(&refusal),
    }
    match Credentials::parse(&mut cx, None, &form) {
        Ok(_) => assert!(form.find("client_secret").is_none() || form.find("client_assertion").is_none()),
        Err(refusal) => says_nothing_odd(&refusal),
    }
}

/// A registration request (RFC 7591 §3.1): what is registered is what was asked for, and describes itself truly.
pub fn registration(data: &[u8]) {
    let Ok(metadata) = serde_json::from_slice::<ClientMetadata>(data) else { return };
    let (policy, mut entropy) = (policy(), Counter(0));
    let mut cx = cx(&mut entropy);
    let registrar = || Registrar { origin: Origin::Dynamic, id: None, sector: None };
    match register(&mut cx, &policy, registrar(), &metadata) {
        Ok(Registered { client, secret }) => {
            assert!(
                client.redirect_uris.iter().all(|uri| metadata.redirect_uris.iter().any(|asked| asked == uri.as_str()))
            );
            assert!(client.scope.is_subset(&policy.all_scopes()));
            assert!(!client.is_public() || secret.is_none(), "a public client has no secret");
            let again = register(&mut cx, &policy, registrar(), &describe(&client)).map(|again| again.client);
            assert!(again.is_ok_and(|again| describe(&again) == describe(&client)), "describes itself truly");
        }
        Err(refusal) => says_nothing_odd(&refusal),
    }
}

/// Only the characters that `error_description` may hold (OAuth 2.1 §3.2.4), and not too many.
fn says_nothing_odd(refusal: &Refusal) {
    let text = refusal.description();
    let allowed = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    assert!(text.len() <= 1000 && text.bytes().all(allowed), "{text:?}");
}

/// A client with a web and a loopback address.
fn shop(cx: &mut Cx<'_>, policy: &Policy) -> Option<Client> {
    let metadata = ClientMetadata {
        redirect_uris: vec!["https://app.example/cb".into(), "http://127.0.0.1/cb".into()],
        token_endpoint_auth_method: Some("none".into()),
        application_type: Some("native".into()),
        ..ClientMetadata::default()
    };
    let registrar = Registrar { origin: Origin::Config, id: ClientId::parse("shop").ok(), sector: None };
    let registered = register(cx, policy, registrar, &metadata);
    assert!(registered.is_ok(), "the client of the property is registrable: {:?}", registered.err());
    registered.ok().map(|registered| registered.client)
}

fn policy() -> Policy {
    let scope = |name: &str| {
        let scope = Scope::parse(name).ok()?;
        Some(ScopeInfo { scope, title: name.into(), description: name.into(), required: false, claims: Vec::new() })
    };
    Policy {
        issuer: "https://as.example".into(),
        ttl: Lifetimes::default(),
        scopes: ["openid", "read:profile", "read:files"].into_iter().filter_map(scope).collect(),
        resources: Vec::new(),
        default_resource: None,
        loopback_test_bed: false,
        strict_request_objects: false,
        offline_ends_at_sign_out: false,
        sign_up: false,
        registration: RegistrationPolicy::default(),
        leeway: Ttl::secs(30),
    }
}

fn cx(entropy: &mut Counter) -> Cx<'_> {
    Cx::new(Timestamp::from_secs(1_800_000_000), entropy)
}

/// Randomness without any: the same for every input.
pub(crate) struct Counter(pub(crate) u8);

impl Entropy for Counter {
    fn fill(&mut self, buffer: &mut [u8]) {
        for byte in buffer {
            self.0 = self.0.wrapping_add(1);
            *byte = self.0;
        }
    }
}
