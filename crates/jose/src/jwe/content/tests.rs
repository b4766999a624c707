//! Published examples (RFC 7518 appendix B.1, RFC 7516 appendix A), and every wrong input once.

use super::{ContentEncryption, Sealed, open, seal};
use crate::base64url::decode;

fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.chars().filter_map(|c| u8::try_from(c.to_digit(16)?).ok()).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn b64(text: &str) -> Vec<u8> {
    decode(text).unwrap()
}

#[test]
fn rfc_7518_appendix_b_1_a128cbc_hs256() {
    let key: Vec<u8> = (0..32).collect();
    let plaintext =
        b"A cipher system must not be required to be secret, and it must be able to fall into the hands of \
                      the enemy without inconvenience";
    let iv = hex("1af38c2dc2b96ffdd86694092341bc04");
    let aad = b"The second principle of Auguste Kerckhoffs";
    let (ciphertext, tag) = seal(ContentEncryption::A128CbcHs256, &key, &iv, aad, plaintext).unwrap();
    let expected = hex("c80edfa32ddf39d5ef00c0b468834279a2e46a1b8049f792f76bfe54b903a9c9
                        a94ac9b47ad2655c5f10f9aef71427e2fc6f9b3f399a221489f16362c7032336
                        09d45ac69864e3321cf82935ac4096c86e133314c54019e8ca7980dfa4b9cf1b
                        384c486f3a54c51078158ee5d79de59fbd34d848b3d69550a67646344427ade5
                        4b8851ffb598f7f80074b9473c82e2db");
    assert_eq!(ciphertext, expected);
    assert_eq!(tag.as_slice(), hex("652c3fa36b0a7c5b3219fab3a30bc1c4"));
    let sealed = Sealed { iv: &iv, aad, ciphertext: &ciphertext, tag: &tag };
    assert_eq!(open(ContentEncryption::A128CbcHs256, &key, &sealed).unwrap().as_slice(), plaintext);
}

/// The content of the example; how its key was sent, RSA-OAEP with SHA-1, is not among ours.
#[test]
fn rfc_7516_appendix_a_1_a256gcm() {
    let key = [
        177, 161, 244, 128, 84, 143, 225, 115, 63, 180, 3, 255, 107, 154, 212, 246, 138, 7, 110, 91, 112, 46, 34, 105,
        47, 130, 203, 46, 122, 234, 64, 252,
    ];
    let (iv, tag) = (b64("48V1_ALb6US04U3b"), b64("XFBoMYUZodetZdvTiFvSkQ"));
    let aad = b"eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ";
    let ciphertext = b64("5eym8TW_c8SuK0ltJ3rpYIzOeDQz7TALvtu6UG9oMo4vpzs9tX_EFShS8iB7j6jiSdiwkIr3ajwQzaBtQD_A");
    let plaintext = b"The true sign of intelligence is not knowledge but imagination.";
    let sealed = Sealed { iv: &iv, aad, ciphertext: &ciphertext, tag: &tag };
    assert_eq!(open(ContentEncryption::A256Gcm, &key, &sealed).unwrap().as_slice(), plaintext);
    let again = seal(ContentEncryption::A256Gcm, &key, &iv, aad, plaintext).unwrap();
    assert_eq!((again.0, again.1.to_vec()), (ciphertext, tag));
}

/// The contents of both examples; how the key was sent, RSA1_5 and A128KW, is not among ours.
#[test]
fn rfc_7516_appendix_a_2_and_a_3_a128cbc_hs256() {
    let key = [
        4, 211, 31, 197, 84, 157, 252, 254, 11, 100, 157, 250, 63, 170, 106, 206, 107, 124, 212, 45, 111, 107, 9, 219,
        200, 177, 0, 240, 143, 156, 44, 207,
    ];
    let iv = b64("AxY8DCtDaGlsbGljb3RoZQ");
    let ciphertext = b64("KDlTtXchhZTGufMYmOYGS4HffxPSUrfmqCHXaI9wOGY");
    for (aad, tag) in [
        ("eyJhbGciOiJSU0ExXzUiLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0", "9hH0vgRfYgPnAHOd8stkvw"),
        ("eyJhbGciOiJBMTI4S1ciLCJlbmMiOiJBMTI4Q0JDLUhTMjU2In0", "U0m_YmjN04DJvceFICbCVQ"),
    ] {
        let sealed = Sealed { iv: &iv, aad: aad.as_bytes(), ciphertext: &ciphertext, tag: &b64(tag) };
        let opened = open(ContentEncryption::A128CbcHs256, &key, &sealed).unwrap();
        assert_eq!(opened.as_slice(), b"Live long and prosper.");
    }
}

#[test]
fn whatever_is_altered_cut_or_lengthened_does_not_open() {
    for enc in ContentEncryption::ALL {
        let (key, iv, aad) = (vec![7; enc.key_len()], vec![9; enc.iv_len()], b"header".to_vec());
        let (ciphertext, tag) = seal(enc, &key, &iv, &aad, b"sixteen octets..and more").unwrap();
        let good = [key, iv, aad, ciphertext, tag.to_vec()];
        let opens = |[key, iv, aad, ciphertext, tag]: &[Vec<u8>; 5]| {
            open(enc, key, &Sealed { iv, aad, ciphertext, tag }).is_ok()
        };
        assert!(opens(&good));
        for part in 0..good.len() {
            for at in 0..good[part].len() {
                let (mut altered, mut cut) = (good.clone(), good.clone());
                altered[part][at] ^= 1 << (at % 8);
                cut[part].truncate(at);
                assert!(!opens(&altered) && !opens(&cut), "{enc} part {part} at {at}");
            }
            let mut longer = good.clone();
            longer[part].push(0);
            assert!(!opens(&longer), "{enc} part {part} longer");
        }
    }
}

/// A tag of eight octets would be 2^64 times easier to guess.
#[test]
fn an_empty_content_has_a_whole_tag() {
    for enc in ContentEncryption::ALL {
        let (key, iv) = (vec![7; enc.key_len()], vec![9; enc.iv_len()]);
        let (ciphertext, tag) = seal(enc, &key, &iv, b"", b"").unwrap();
        let sealed = Sealed { iv: &iv, aad: b"", ciphertext: &ciphertext, tag: &tag };
        assert!(open(enc, &key, &sealed).unwrap().is_empty());
        for length in [0, 8, 15] {
            let cut = Sealed { tag: &tag[..length], ..sealed };
            assert!(open(enc, &key, &cut).is_err(), "{enc} with {length} octets of tag");
        }
    }
}
