//! Words about text that is not as it should be, so that a refusal can say what is wrong with a value without repeating
//! the value: it may be a secret, and it was chosen by whoever sent it.

/// What kind of character that is where it does not belong, and what usually brought it there.
pub fn class(c: char) -> &'static str {
    match c {
        ' ' | '\t' | '\r' | '\n' => "white space",
        '=' => "'=' (base64 padding)",
        '+' | '/' => "'+' or '/' (standard base64; base64url has '-' and '_')",
        '%' => "'%' (percent-encoded once too often)",
        '"' | '\'' | '`' => "a quotation mark",
        '<' | '>' | '{' | '}' | '[' | ']' | '$' => "a bracket or '$' (a placeholder that nobody filled in)",
        c if c.is_control() => "a control character",
        c if !c.is_ascii() => "a character outside ASCII",
        c if c.is_ascii_alphanumeric() => "a letter or digit",
        _ => "a punctuation mark",
    }
}

/// The kind of the first character that is not allowed.
pub fn first_odd(text: &str, allowed: impl Fn(char) -> bool) -> Option<&'static str> {
    text.chars().find(|&c| !allowed(c)).map(class)
}

/// A short word of a vocabulary, as it was sent, if it looks like one. Nothing else that a stranger chose is repeated, and
/// no secret that came under the wrong name: those have capitals or more digits.
pub fn word(text: &str) -> Option<&str> {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"_-.:/ ".contains(&b);
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    ((1..=60).contains(&text.len()) && text.bytes().all(plain) && digits <= 3).then_some(text)
}

/// What came in place of a word of a vocabulary, as a sentence.
pub fn came(text: &str) -> String {
    word(text).map_or_else(|| "What came is no such word at all".to_owned(), |word| format!("It was '{word}'"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{came, class, first_odd, word};

    #[test]
    fn the_first_character_that_does_not_belong_is_named_by_its_kind() {
        let allowed = |c: char| c.is_ascii_alphanumeric();
        assert_eq!(first_odd("abc", allowed), None);
        for (text, kind) in [("ab=", "padding"), ("a+=", "standard base64"), ("a%2B", "percent"), ("a ", "white space")]
        {
            assert!(first_odd(text, allowed).unwrap().contains(kind), "{text}");
        }
        assert!(
            class('\u{7}').contains("control") && class('\u{e9}').contains("ASCII") && class('!').contains("punct")
        );
    }

    #[test]
    fn only_what_looks_like_a_word_is_repeated() {
        assert_eq!(word("urn:ietf:params:oauth:grant-type:device_code").map(str::len), Some(44));
        let secrets = ["csac_dGhpcyBpcyBhIHNlY3JldA", "0123456789abcdef", "Tr0ub4dor&3"];
        for bad in ["", "<b>", "a\"b", "caf\u{e9}", &"x".repeat(61)].into_iter().chain(secrets) {
            assert_eq!(word(bad), None, "{bad}");
            assert!(bad.is_empty() || !came(bad).contains(bad));
        }
        assert_eq!(came("implicit"), "It was 'implicit'");
    }

    proptest! {
        #[test]
        fn a_kind_of_character_is_always_plain_ascii(c in any::<char>()) {
            prop_assert!(class(c).is_ascii());
        }
    }
}
