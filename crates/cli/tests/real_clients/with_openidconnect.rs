//! The crate `openidconnect`: discovery, registration, a user who is known by a verified ID token, and signing out.

use std::time::Duration;

use oauth2::{EndpointMaybeSet, EndpointNotSet, EndpointSet};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, AuthorizationRequest, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, IntrospectionUrl, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse as _, PkceCodeChallenge,
    PostLogoutRedirectUrl, ProviderMetadataWithLogout, RedirectUrl, RevocationUrl, Scope,
    TokenIntrospectionResponse as _, TokenResponse as _, UserInfoResponseType,
    core::{
        CoreApplicationType, CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClient, CoreClientAuthMethod,
        CoreGrantType, CoreIdTokenClaims, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm,
        CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata, CoreRegisterErrorResponseType,
        CoreResponseType, CoreRevocableToken, CoreSubjectIdentifierType, CoreTokenResponse, CoreUserInfoClaims,
    },
    registration::{AdditionalClientMetadata, ClientRegistrationRequest, EmptyAdditionalClientRegistrationResponse},
};
use serde::{Deserialize, Serialize};

use crate::{
    system::{REDIRECT_URI, System},
    user::Browser,
};

const ALGORITHMS: [CoreJwsSigningAlgorithm; 5] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

type Client = CoreClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointMaybeSet, EndpointMaybeSet>;

async fn discover(system: &System) -> CoreProviderMetadata {
    let issuer = IssuerUrl::new(system.issuer.clone()).unwrap();
    CoreProviderMetadata::discover_async(issuer, &system.http()).await.unwrap()
}

/// What the library does not know of a registration (RP-Initiated Logout section 3.1).
#[derive(Debug, Serialize, Deserialize)]
struct SignsOut {
    post_logout_redirect_uris: Vec<String>,
}

impl AdditionalClientMetadata for SignsOut {}

type Registration = ClientRegistrationRequest<
    SignsOut,
    EmptyAdditionalClientRegistrationResponse,
    CoreApplicationType,
    CoreClientAuthMethod,
    CoreRegisterErrorResponseType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A client that the library registers and then knows by discovery.
async fn client(system: &System, method: CoreClientAuthMethod, alg: CoreJwsSigningAlgorithm) -> Client {
    let wishes = |request: Registration| request.set_id_token_signed_response_alg(Some(alg));
    client_with(system, method, wishes).await
}

/// The same, with what else it wishes.
async fn client_with(
    system: &System,
    method: CoreClientAuthMethod,
    wishes: impl FnOnce(Registration) -> Registration,
) -> Client {
    let metadata = discover(system).await;
    let redirect = RedirectUrl::new(REDIRECT_URI.to_owned()).unwrap();
    let signs_out = SignsOut { post_logout_redirect_uris: vec![REDIRECT_URI.to_owned()] };
    let request = Registration::new(vec![redirect.clone()], signs_out)
        .set_grant_types(Some(vec![CoreGrantType::AuthorizationCode, CoreGrantType::RefreshToken]))
        .set_token_endpoint_auth_method(Some(method));
    let registered =
        wishes(request).register_async(metadata.registration_endpoint().unwrap(), &system.http()).await.unwrap();
    let id = ClientId::new(registered.client_id().as_str().to_owned());
    let secret = registered.client_secret().map(|secret| ClientSecret::new(secret.secret().clone()));
    CoreClient::from_provider_metadata(metadata, id, secret)
        .set_redirect_uri(redirect)
        .set_revocation_url(RevocationUrl::new(system.secure("/revoke")).unwrap())
        .set_introspection_url(IntrospectionUrl::new(format!("{}/introspect", system.issuer)).unwrap())
}

/// Signs in; the tokens, and the nonce that the ID token must have.
async fn log_in(system: &System, client: &Client) -> (CoreTokenResponse, Nonce) {
    log_in_with(system, client, &mut Browser::default(), |request| request).await.unwrap()
}

/// The request that begins a sign-in.
type Begin<'a> = AuthorizationRequest<'a, CoreAuthDisplay, CoreAuthPrompt, CoreResponseType>;

/// A user who may not be asked.
fn silently(request: Begin<'_>) -> Begin<'_> {
    request.add_prompt(CoreAuthPrompt::None)
}

/// The same in a browser that is kept, with what else the request asks; or the error that comes back.
async fn log_in_with(
    system: &System,
    client: &Client,
    browser: &mut Browser,
    ask: impl for<'a> FnOnce(Begin<'a>) -> Begin<'a>,
) -> Result<(CoreTokenResponse, Nonce), String> {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let request = client
        .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
        .add_scopes(["profile", "email", "offline_access"].map(|scope| Scope::new(scope.to_owned())))
        .set_pkce_challenge(challenge);
    let (url, state, nonce) = ask(request).url();
    let callback = browser.log_in(system, &url).await.unwrap();
    let sent =
        |wanted: &str| callback.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value.into_owned());
    assert_eq!(sent("state").as_ref(), Some(state.secret()));
    let code = sent("code").ok_or_else(|| sent("error").unwrap())?;
    let request = client.exchange_code(AuthorizationCode::new(code)).unwrap().set_pkce_verifier(verifier);
    Ok((request.request_async(&system.http()).await.unwrap(), nonce))
}

/// The claims of an ID token after every check that the library knows.
fn verify<'a>(
    client: &Client,
    token: &'a CoreTokenResponse,
    nonce: &Nonce,
) -> Result<&'a CoreIdTokenClaims, ClaimsVerificationError> {
    let id_token = token.id_token().unwrap();
    let alg = id_token.signing_alg().unwrap();
    let verifier = client.id_token_verifier().set_allowed_algs([alg.clone()]);
    let claims = id_token.claims(&verifier, nonce)?;
    let key = id_token.signing_key(&verifier).unwrap();
    let hash = AccessTokenHash::from_token(token.access_token(), alg, key).unwrap();
    assert_eq!(claims.access_token_hash(), Some(&hash));
    Ok(claims)
}

#[tokio::test]
async fn discovery_reads_the_whole_of_the_metadata() {
    let system = System::start();
    let metadata = discover(&system).await;
    assert_eq!(metadata.issuer().as_str(), system.issuer);
    assert_eq!(metadata.id_token_signing_alg_values_supported().len(), ALGORITHMS.len());
    assert_eq!(metadata.jwks().keys().len(), ALGORITHMS.len());
}

#[tokio::test]
async fn each_kind_of_client_learns_who_signed_in_refreshes_and_revokes() {
    let system = System::start();
    let http = system.http();
    for method in [CoreClientAuthMethod::None, CoreClientAuthMethod::ClientSecretBasic] {
        let client = client(&system, method, CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256).await;
        let (token, nonce) = log_in(&system, &client).await;
        let subject = verify(&client, &token, &nonce).unwrap().subject().clone();
        let request = client.user_info(token.access_token().clone(), Some(subject.clone())).unwrap();
        let person: CoreUserInfoClaims = request.request_async(&http).await.unwrap();
        assert_eq!(person.email().map(|email| email.as_str()), Some("alice@example.com"));
        assert_eq!(person.name().and_then(|name| name.get(None)).map(|name| name.as_str()), Some("Alice Liddell"));

        let refresh = client.exchange_refresh_token(token.refresh_token().unwrap()).unwrap();
        let fresh = refresh.request_async(&http).await.unwrap();
        assert_ne!(fresh.access_token().secret(), token.access_token().secret());
        let given_back = CoreRevocableToken::RefreshToken(fresh.refresh_token().unwrap().clone());
        client.revoke_token(given_back).unwrap().request_async(&http).await.unwrap();
        let request = client.user_info(fresh.access_token().clone(), Some(subject)).unwrap();
        let refused: Result<CoreUserInfoClaims, _> = request.request_async(&http).await;
        assert!(refused.is_err());
    }
}

#[tokio::test]
async fn an_id_token_in_each_algorithm_is_verified_and_another_nonce_is_not() {
    let system = System::start();
    for alg in ALGORITHMS {
        let client = client(&system, CoreClientAuthMethod::None, alg.clone()).await;
        let (token, nonce) = log_in(&system, &client).await;
        assert_eq!(token.id_token().unwrap().signing_alg().unwrap(), &alg);
        let claims = verify(&client, &token, &nonce).unwrap();
        assert!(claims.auth_time().is_some());
        let replayed = verify(&client, &token, &Nonce::new_random()).unwrap_err();
        assert!(matches!(replayed, ClaimsVerificationError::InvalidNonce(_)), "{replayed:?}");
    }
}

#[tokio::test]
async fn a_confidential_client_may_ask_about_its_own_token() {
    let system = System::start();
    let method = CoreClientAuthMethod::ClientSecretBasic;
    let client = client(&system, method, CoreJwsSigningAlgorithm::EcdsaP256Sha256).await;
    let (token, nonce) = log_in(&system, &client).await;
    let subject = verify(&client, &token, &nonce).unwrap().subject().to_string();
    let living = client.introspect(token.access_token()).request_async(&system.http()).await.unwrap();
    assert!(living.active());
    assert_eq!((living.sub(), living.iss()), (Some(subject.as_str()), Some(system.issuer.as_str())));
}

#[tokio::test]
async fn a_user_signs_out_by_the_id_token_and_is_signed_in_no_more() {
    let system = System::start();
    let method = CoreClientAuthMethod::ClientSecretPost;
    let client = client(&system, method, CoreJwsSigningAlgorithm::RsaSsaPssSha256).await;
    let mut browser = Browser::default();
    let (token, _) = log_in_with(&system, &client, &mut browser, |request| request).await.unwrap();
    assert!(log_in_with(&system, &client, &mut browser, silently).await.is_ok());

    let issuer = IssuerUrl::new(system.issuer.clone()).unwrap();
    let metadata = ProviderMetadataWithLogout::discover_async(issuer, &system.http()).await.unwrap();
    let state = CsrfToken::new_random();
    let url = LogoutRequest::from(metadata.additional_metadata().end_session_endpoint.clone().unwrap())
        .set_id_token_hint(token.id_token().unwrap())
        .set_client_id(client.client_id().clone())
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::new(REDIRECT_URI.to_owned()).unwrap())
        .set_state(state.clone())
        .http_get_url();
    let back = browser.log_in(&system, &url).await.unwrap();
    assert_eq!(back.as_str(), format!("{REDIRECT_URI}?state={}", state.secret()));
    let refused = log_in_with(&system, &client, &mut browser, silently).await.unwrap_err();
    assert_eq!(refused, "login_required");
}

#[tokio::test]
async fn max_age_has_the_password_asked_for_again_and_the_library_sees_when() {
    let system = System::start();
    let client = client(&system, CoreClientAuthMethod::None, CoreJwsSigningAlgorithm::EdDsa).await;
    let mut browser = Browser::default();
    let (token, nonce) = log_in_with(&system, &client, &mut browser, |request| request).await.unwrap();
    let before = verify(&client, &token, &nonce).unwrap().auth_time().unwrap();
    let (token, nonce) =
        log_in_with(&system, &client, &mut browser, |request| request.set_max_age(Duration::ZERO)).await.unwrap();
    let claims = verify(&client, &token, &nonce).unwrap();
    let after = claims.auth_time().unwrap();
    assert!(before <= after && after <= claims.issue_time(), "{before} {after} {}", claims.issue_time());
}

#[tokio::test]
async fn userinfo_that_the_client_wants_signed_is_verified() {
    let system = System::start();
    // The only one that the library takes for userinfo.
    let alg = CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256;
    let wishes = |request: Registration| request.set_userinfo_signed_response_alg(Some(alg));
    let client = client_with(&system, CoreClientAuthMethod::ClientSecretBasic, wishes).await;
    let (token, nonce) = log_in(&system, &client).await;
    let subject = verify(&client, &token, &nonce).unwrap().subject().clone();
    let request = client.user_info(token.access_token().clone(), Some(subject.clone())).unwrap();
    let request = request.require_signed_response(true).set_response_type(UserInfoResponseType::Jwt);
    let person: CoreUserInfoClaims = request.request_async(&system.http()).await.unwrap();
    assert_eq!(person.subject(), &subject);
    assert_eq!(person.email().map(|email| email.as_str()), Some("alice@example.com"));
}
