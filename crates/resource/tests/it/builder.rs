//! Wrong choices are reported before the first request, all at once.

use countersign_resource::{BuildFault, ResourceServer, Secret, Ttl};

use crate::world::{API, ISSUER};

#[test]
fn every_fault_is_reported_at_once() {
    let error = ResourceServer::builder("http://api.example.com", "as.example.com")
        .leeway(Ttl::secs(301))
        .realm("a\"b")
        .scopes_supported(["a b"])
        .scope_implies("a", "")
        .key_max_age(Ttl::secs(59))
        .cool_down(Ttl::secs(0))
        .introspection_cache(Ttl::secs(301))
        .jwks_uri("jwks")
        .build()
        .unwrap_err();
    let text = error.to_string();
    for part in [
        "the resource must be https",
        "the issuer is not an absolute https URL",
        "leeway must be",
        "realm must be",
        "scopes_supported must be",
        "scope_implies must be",
        "key_max_age must be",
        "cool_down must be",
        "introspection_cache must be",
        "jwks_uri must be",
        "introspection_cache has no effect without introspection",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!(error.faults().len(), 11, "{text}");
}

#[test]
fn a_setting_without_effect_is_a_fault() {
    let builder = || ResourceServer::builder(API, ISSUER);
    let introspecting = || builder().introspect("id", &Secret::new("secret"));
    for (builder, what) in [
        (introspecting().jwks_uri("https://as.example.com/jwks"), "jwks_uri"),
        (builder().introspection_endpoint("https://as.example.com/introspect"), "introspection_endpoint"),
        (builder().introspection_cache(Ttl::secs(1)), "introspection_cache"),
    ] {
        let error = builder.build().unwrap_err();
        assert!(matches!(error.faults(), [BuildFault::Unused { what: found, .. }] if *found == what), "{error}");
    }
}

#[test]
fn good_choices_need_no_authorization_server_to_be_there() {
    let api = ResourceServer::builder("http://localhost:4003", "http://localhost:4000").build().unwrap();
    assert!(!format!("{api:?}").contains("Secret"));
    let _router: axum::Router = api.metadata_router();
}
