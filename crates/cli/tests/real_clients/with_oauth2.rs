//! The crate `oauth2`: plain OAuth, with the access token as the only thing that a client gets.

use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, CsrfToken, EndpointNotSet, EndpointSet, IntrospectionUrl, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, RevocationUrl, Scope, StandardRevocableToken,
    TokenIntrospectionResponse as _, TokenResponse as _, TokenUrl,
    basic::{BasicClient, BasicErrorResponseType, BasicTokenResponse},
};

use crate::{
    system::{REDIRECT_URI, System},
    user::Browser,
};

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointSet, EndpointSet, EndpointSet>;
type Outcome = Result<BasicTokenResponse, BasicErrorResponseType>;

/// A registered client that authenticates like that.
async fn client(system: &System, method: &str) -> Client {
    let (id, secret) = system.register(method).await;
    let url = |path: &str| format!("{}{path}", system.issuer);
    let client = BasicClient::new(id)
        .set_auth_uri(AuthUrl::new(url("/authorize")).unwrap())
        .set_token_uri(TokenUrl::new(url("/token")).unwrap())
        .set_introspection_url(IntrospectionUrl::new(url("/introspect")).unwrap())
        .set_revocation_url(RevocationUrl::new(system.secure("/revoke")).unwrap())
        .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.to_owned()).unwrap())
        .set_auth_type(if method == "client_secret_post" { AuthType::RequestBody } else { AuthType::BasicAuth });
    match secret {
        Some(secret) => client.set_client_secret(secret),
        None => client,
    }
}

/// Signs in up to the callback: the code, and the verifier that goes with it.
async fn code(system: &System, client: &Client, scope: &[&str]) -> (AuthorizationCode, PkceCodeVerifier) {
    let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
    let (url, state) = client
        .authorize_url(CsrfToken::new_random)
        .add_scopes(scope.iter().map(|scope| Scope::new((*scope).to_owned())))
        .set_pkce_challenge(challenge)
        .url();
    let callback = Browser::default().log_in(system, &url).await.unwrap();
    let sent = |wanted: &str| callback.query_pairs().find(|(name, _)| name == wanted).unwrap().1.into_owned();
    assert_eq!(&sent("state"), state.secret());
    assert_eq!(sent("iss"), system.issuer);
    (AuthorizationCode::new(sent("code")), verifier)
}

async fn redeem(system: &System, client: &Client, code: &AuthorizationCode, verifier: &PkceCodeVerifier) -> Outcome {
    let verifier = PkceCodeVerifier::new(verifier.secret().clone());
    let request = client.exchange_code(code.clone()).set_pkce_verifier(verifier);
    request.request_async(&system.http()).await.map_err(kind)
}

/// The OAuth error in what a library says.
fn kind<E: std::error::Error>(
    error: RequestTokenError<E, oauth2::basic::BasicErrorResponse>,
) -> BasicErrorResponseType {
    match error {
        RequestTokenError::ServerResponse(response) => response.error().clone(),
        other => panic!("{other:?}"),
    }
}

async fn refresh(system: &System, client: &Client, token: &BasicTokenResponse) -> Outcome {
    let request = client.exchange_refresh_token(token.refresh_token().unwrap());
    request.request_async(&system.http()).await.map_err(kind)
}

#[tokio::test]
async fn each_kind_of_client_logs_in_reads_files_refreshes_and_revokes() {
    let system = System::start();
    for method in ["none", "client_secret_basic", "client_secret_post"] {
        let client = client(&system, method).await;
        let (code, verifier) = code(&system, &client, &["read:files", "offline_access"]).await;
        let token = redeem(&system, &client, &code, &verifier).await.unwrap();
        assert_eq!(token.expires_in().unwrap().as_secs(), 300, "{method}");
        let fresh = refresh(&system, &client, &token).await.unwrap();
        assert_ne!(fresh.refresh_token().unwrap().secret(), token.refresh_token().unwrap().secret(), "{method}");
        let (status, answer) = system.files(fresh.access_token().secret()).await;
        assert_eq!(status, 200, "{method}");
        assert!(!answer["files"].as_array().unwrap().is_empty(), "{method}");

        let given_back = StandardRevocableToken::RefreshToken(fresh.refresh_token().unwrap().clone());
        client.revoke_token(given_back).unwrap().request_async(&system.http()).await.unwrap();
        assert_eq!(system.files(fresh.access_token().secret()).await.0, 401, "{method}");
        assert_eq!(refresh(&system, &client, &fresh).await.unwrap_err(), BasicErrorResponseType::InvalidGrant);
    }
}

#[tokio::test]
async fn introspection_tells_a_living_token_from_a_revoked_one() {
    let system = System::start();
    let client = client(&system, "client_secret_basic").await;
    let (code, verifier) = code(&system, &client, &["read:files"]).await;
    let token = redeem(&system, &client, &code, &verifier).await.unwrap();
    let http = system.http();
    let living = client.introspect(token.access_token()).request_async(&http).await.unwrap();
    assert!(living.active());
    assert_eq!(living.client_id(), Some(client.client_id()));
    assert_eq!(living.aud().unwrap(), std::slice::from_ref(&system.api));
    let given_back = StandardRevocableToken::AccessToken(token.access_token().clone());
    client.revoke_token(given_back).unwrap().request_async(&http).await.unwrap();
    assert!(!client.introspect(token.access_token()).request_async(&http).await.unwrap().active());
}

#[tokio::test]
async fn a_service_gets_a_token_of_its_own_by_either_secret_method() {
    let system = System::start();
    for method in ["client_secret_basic", "client_secret_post"] {
        let client = client(&system, method).await;
        let request = client.exchange_client_credentials().add_scope(Scope::new("read:files".into()));
        let token = request.request_async(&system.http()).await.unwrap();
        assert!(token.refresh_token().is_none());
        assert_eq!(system.files(token.access_token().secret()).await.0, 200, "{method}");
    }
}

#[tokio::test]
async fn a_wrong_verifier_is_refused_and_spends_nothing_while_a_code_used_again_ends_what_it_brought() {
    let system = System::start();
    let client = client(&system, "none").await;
    let (code, verifier) = code(&system, &client, &["read:files"]).await;
    let (_, wrong) = PkceCodeChallenge::new_random_sha256();
    let refused = redeem(&system, &client, &code, &wrong).await.unwrap_err();
    assert_eq!(refused, BasicErrorResponseType::InvalidGrant);
    let token = redeem(&system, &client, &code, &verifier).await.unwrap();
    let refused = redeem(&system, &client, &code, &verifier).await.unwrap_err();
    assert_eq!(refused, BasicErrorResponseType::InvalidGrant);
    assert_eq!(system.files(token.access_token().secret()).await.0, 401);
}

#[tokio::test]
async fn a_redirect_uri_that_is_not_registered_sends_the_user_nowhere() {
    let system = System::start();
    let wrong = RedirectUrl::new("https://evil.example/callback".to_owned()).unwrap();
    let client = client(&system, "none").await.set_redirect_uri(wrong);
    let (challenge, _) = PkceCodeChallenge::new_random_sha256();
    let (url, _) = client.authorize_url(CsrfToken::new_random).set_pkce_challenge(challenge).url();
    assert_eq!(Browser::default().log_in(&system, &url).await.unwrap_err(), 400);
}
