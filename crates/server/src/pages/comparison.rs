//! Why a redirect URI did not match: the two addresses side by side, with the place where they part, marked and in words.
//!
//! For people only. Whether an address matches is decided elsewhere, byte by byte (OAuth 2.1 §2.3.1).

use countersign_protocol::uri_difference;

/// More of an address than this is not shown; no registered one is longer.
const MOST: usize = 2048;

/// What was sent beside what is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// The address that was sent.
    pub sent: Pieces,
    /// The registered one most like it; `None`: none is registered.
    pub nearest: Option<Pieces>,
    /// The position of the first character that differs, counted from 1; 0 where there is nothing to compare with.
    pub differs_at: usize,
    /// What the difference is, in a sentence or two.
    pub words: String,
}

/// An address in three pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pieces {
    /// The same in both.
    pub before: String,
    /// Where they part; empty if something is missing here.
    pub differing: String,
    /// The same in both again.
    pub after: String,
}

impl Comparison {
    /// Compares what was sent with the nearest registered address.
    pub fn new(sent: &str, nearest: Option<&str>) -> Self {
        let cut: String = sent.chars().take(MOST).collect();
        let Some(nearest) = nearest else {
            let sent = Pieces { before: cut, differing: String::new(), after: String::new() };
            let words = "This app has no address registered to send people back to.".to_owned();
            return Self { sent, nearest: None, differs_at: 0, words };
        };
        let (ours, theirs): (Vec<char>, Vec<char>) = (nearest.chars().collect(), cut.chars().collect());
        let before = uri_difference::position(&cut, nearest) - 1;
        let rest = ours.len().min(theirs.len()).saturating_sub(before);
        let after = ours.iter().rev().zip(theirs.iter().rev()).take(rest).take_while(|(a, b)| a == b).count();
        let mut words = uri_difference::words(&cut, nearest, "registered");
        if sent.len() > cut.len() {
            words.push_str(" The address that was sent goes on; only its beginning is shown.");
        }
        Self {
            sent: Pieces::cut(&theirs, before, after),
            nearest: Some(Pieces::cut(&ours, before, after)),
            differs_at: before.saturating_add(1),
            words,
        }
    }
}

impl Pieces {
    fn cut(text: &[char], before: usize, after: usize) -> Self {
        let end = text.len().saturating_sub(after);
        let piece =
            |from: usize, to: usize| text.get(from..to).unwrap_or_default().iter().map(|&c| visible(c)).collect();
        Self { before: piece(0, before), differing: piece(before, end), after: piece(end, text.len()) }
    }
}

/// A character as it is, but for those that can't be seen or that turn the text around them.
fn visible(c: char) -> String {
    let unseen = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    if unseen || c.is_control() { format!("⟨U+{:04X}⟩", u32::from(c)) } else { c.to_string() }
}

#[cfg(test)]
mod tests {
    use super::{Comparison, MOST};

    #[test]
    fn the_first_difference_is_marked_in_both() {
        let c = Comparison::new("https://app.example/cb", Some("https://app.example/callback"));
        assert_eq!(c.differs_at, 22);
        assert_eq!((c.sent.before.as_str(), c.sent.differing.as_str()), ("https://app.example/c", "b"));
        let nearest = c.nearest.unwrap();
        assert_eq!((nearest.before.as_str(), nearest.differing.as_str()), ("https://app.example/c", "allback"));
    }

    #[test]
    fn what_is_missing_leaves_an_empty_place() {
        let c = Comparison::new("https://a.example/cb/", Some("https://a.example/cb"));
        assert_eq!((c.sent.differing.as_str(), c.differs_at), ("/", 21));
        assert_eq!(c.nearest.unwrap().differing, "");
    }

    #[test]
    fn pieces_join_to_the_whole_even_where_they_could_overlap() {
        for (sent, registered) in [("aa", "aaa"), ("", "x"), ("abab", "ab"), ("same", "same")] {
            let c = Comparison::new(sent, Some(registered));
            assert_eq!([c.sent.before, c.sent.differing, c.sent.after].concat(), sent);
            let nearest = c.nearest.unwrap();
            assert_eq!([nearest.before, nearest.differing, nearest.after].concat(), registered);
        }
    }

    #[test]
    fn a_character_that_turns_text_around_is_shown_by_its_number() {
        let c = Comparison::new("https://a.example/\u{202e}bc", Some("https://a.example/cb"));
        assert_eq!(c.sent.differing, "⟨U+202E⟩bc");
        assert!(c.words.starts_with("U+202E was sent"), "{}", c.words);
    }

    #[test]
    fn a_very_long_address_is_cut_and_the_page_says_so() {
        let c = Comparison::new(&"x".repeat(9000), Some("https://a.example/"));
        assert_eq!(c.sent.differing.len() + c.sent.before.len(), MOST);
        assert!(c.words.contains("only its beginning is shown"));
    }

    #[test]
    fn without_a_registered_address_there_is_nothing_to_compare() {
        let c = Comparison::new("https://a.example/", None);
        assert_eq!((c.nearest, c.differs_at), (None, 0));
    }
}
