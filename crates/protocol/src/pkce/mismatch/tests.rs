//! Each mistake is made on purpose, with every kind of verifier that can show it, and must be found.

use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;

fn challenge(of: impl AsRef<[u8]>) -> CodeChallenge {
    CodeChallenge::parse(&base64url(Sha256::digest(of))).unwrap()
}

fn why(challenge: &CodeChallenge, verifier: &str) -> &'static str {
    explain(challenge, &CodeVerifier::parse(verifier).unwrap())
}

/// What a client hashed in place of the verifier.
type Mistake = (fn(&str) -> Vec<u8>, &'static str);

const ALWAYS: &[Mistake] = &[
    (|v| Sha256::digest(v).to_vec(), TWICE),
    (|v| base64url(Sha256::digest(v)).into_bytes(), TWICE),
    (|v| hex(&Sha256::digest(v)).into_bytes(), HEX_HASHED),
    (|v| format!("{v}=").into_bytes(), PADDED),
    (|v| format!("{v}==").into_bytes(), PADDED),
    (|v| format!("{v}\n").into_bytes(), SPACE),
    (|v| format!("{v}\r\n").into_bytes(), SPACE),
    (|v| format!("{v} ").into_bytes(), SPACE),
    (|v| format!(" {v}").into_bytes(), SPACE),
    (|v| format!("\"{v}\"").into_bytes(), QUOTED),
    (|v| v.encode_utf16().flat_map(u16::to_le_bytes).collect(), UTF_16),
    (|_| Vec::new(), EMPTY),
    (|_| b"undefined".to_vec(), EMPTY),
    (|v| v.to_ascii_uppercase().into_bytes().repeat(2), OTHER),
];

proptest! {
    #[test]
    fn a_usual_mistake_is_found_whatever_the_verifier(verifier in "[A-Za-z0-9._~-]{43,128}") {
        for (hashed, expected) in ALWAYS {
            prop_assert_eq!(why(&challenge(hashed(&verifier)), &verifier), *expected);
        }
    }

    #[test]
    fn bytes_in_place_of_their_characters_are_found(bytes in proptest::collection::vec(any::<u8>(), 33..60)) {
        for verifier in [base64url(&bytes), hex(&bytes)] {
            prop_assert_eq!(why(&challenge(&bytes), &verifier), BYTES);
        }
    }

    #[test]
    fn the_standard_alphabet_is_found(head in "[A-Za-z0-9_-]{42,60}", last in "[_-]", padding in "={0,2}") {
        let verifier = head + &last;
        let standard = verifier.replace('-', "+").replace('_', "/") + &padding;
        prop_assert_eq!(why(&challenge(standard), &verifier), STANDARD);
    }

    #[test]
    fn verifier_and_challenge_swapped_or_equal_are_found(bytes in any::<[u8; 32]>()) {
        let verifier = base64url(bytes);
        let hash = challenge(&verifier);
        prop_assert_eq!(why(&hash, hash.as_str()), IS_CHALLENGE);
        let sent_as_challenge = CodeChallenge::parse(&verifier).unwrap();
        prop_assert_eq!(why(&sent_as_challenge, &verifier), IS_CHALLENGE);
        prop_assert_eq!(why(&sent_as_challenge, hash.as_str()), SWAPPED);
    }

    #[test]
    fn a_tilde_that_was_percent_encoded_first_is_found(head in "[A-Za-z0-9]{43,60}") {
        prop_assert_eq!(why(&challenge(format!("{head}%7E")), &format!("{head}~")), ENCODED);
    }

    #[test]
    fn two_verifiers_that_have_nothing_to_do_with_each_other_are_no_usual_mistake(
        one in "[A-Za-z0-9._~-]{43,128}", other in "[A-Za-z0-9._~-]{43,128}"
    ) {
        prop_assume!(one != other);
        prop_assert_eq!(why(&challenge(one), &other), OTHER);
    }
}

#[test]
fn every_answer_fits_into_an_error_description() {
    for words in [
        IS_CHALLENGE,
        SWAPPED,
        TWICE,
        HEX_HASHED,
        BYTES,
        UTF_16,
        PADDED,
        STANDARD,
        SPACE,
        QUOTED,
        ENCODED,
        EMPTY,
        OTHER,
    ] {
        assert_eq!(crate::error::description_text(words), words);
        assert!(words.len() < 200, "{words}");
    }
}
