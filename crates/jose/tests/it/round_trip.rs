//! Every algorithm: generate, store, load, publish, sign, verify.

use countersign_jose::{Algorithm, JwkSet, SigningKey, Unverified, VerifyError};
use serde_json::{Value, json};

#[test]
fn every_algorithm_signs_and_verifies_after_a_trip_through_pkcs8_and_jwks() {
    for algorithm in Algorithm::ALL {
        let made = SigningKey::generate(algorithm).unwrap();
        let loaded = SigningKey::from_pkcs8(algorithm, &made.to_pkcs8().unwrap()).unwrap();
        assert_eq!(made.kid(), loaded.kid(), "{algorithm}");

        let published: JwkSet = [made.public_jwk().clone()].into_iter().collect();
        let fetched = JwkSet::parse(published.to_json().as_bytes()).unwrap();
        assert_eq!(fetched.keys().len(), 1, "{algorithm}: {:?}", fetched.skipped());
        assert_eq!(fetched.keys()[0].algorithm(), algorithm);

        let token = loaded.sign("at+jwt", &json!({"sub": "alice"})).unwrap();
        let unverified = Unverified::parse(&token).unwrap();
        assert_eq!(unverified.alg(), algorithm);
        assert_eq!(unverified.kid(), Some(made.kid()));
        assert_eq!(unverified.typ(), Some("at+jwt"));
        let claims: Value = unverified.verify(&fetched).unwrap().claims().unwrap();
        assert_eq!(claims, json!({"sub": "alice"}));

        let stranger: JwkSet = [SigningKey::generate(algorithm).unwrap().public_jwk().clone()].into_iter().collect();
        let refused = Unverified::parse(&token).unwrap().verify(&stranger).unwrap_err();
        assert_eq!(refused, VerifyError::UnknownKey { kid: made.kid().to_owned() });
    }
}
