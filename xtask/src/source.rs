//! Just enough of Rust's lexical grammar to tell code, comments and string literals apart.
//!
//! Offsets stay the same in every view, so a hit in one can be looked up in another. It leaves out everything that a
//! real parser knows: the checks that need types belong to clippy.

use std::ops::Range;

/// A Rust file, seen three ways.
#[derive(Debug)]
pub(crate) struct Source {
    /// The file as it is.
    pub(crate) text: String,
    /// Code only: comments and the inside of literals are blank, the quotes stay.
    pub(crate) code: String,
    /// Comments only.
    pub(crate) comments: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Code,
    Comment,
    Literal,
}

impl Source {
    /// Lexes a file. Never fails: what cannot be understood counts as code.
    pub(crate) fn new(text: &str) -> Self {
        let kinds = classify(text.as_bytes());
        let view = |wanted: Kind| -> String {
            let keep = |(&byte, &kind): (&u8, &Kind)| {
                if byte == b'\n' || kind == wanted { byte } else { b' ' }
            };
            let bytes: Vec<u8> = text.as_bytes().iter().zip(&kinds).map(keep).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Self { text: text.to_owned(), code: view(Kind::Code), comments: view(Kind::Comment) }
    }

    /// The line of an offset, from 1.
    pub(crate) fn line(&self, at: usize) -> usize {
        line_of(&self.text, at)
    }

    /// Every place where `word` stands in the code with no identifier character around it.
    pub(crate) fn words<'a>(&'a self, word: &'a str) -> impl Iterator<Item = usize> + 'a {
        self.code.match_indices(word).map(|(at, _)| at).filter(move |&at| is_word(&self.code, at, word.len()))
    }

    /// The blocks of modules behind `#[cfg(test)]`.
    pub(crate) fn test_modules(&self) -> Vec<Range<usize>> {
        self.test_declarations().filter_map(|(_, at)| self.block_after(at)).collect()
    }

    /// The names of modules behind `#[cfg(test)]` that live in files of their own.
    pub(crate) fn test_files(&self) -> Vec<&str> {
        self.test_declarations().filter(|&(_, end)| self.code[end..].starts_with(';')).map(|(name, _)| name).collect()
    }

    /// Functions by name, with the range from the name to the closing brace.
    pub(crate) fn functions(&self) -> Vec<(&str, Range<usize>)> {
        let named = self.words("fn").filter_map(|at| {
            let name = ident_at(&self.code, at + 3)?;
            let body = self.block_after(at + 3 + name.len())?;
            Some((name, at..body.end))
        });
        named.collect()
    }

    /// The innermost function around an offset.
    pub(crate) fn function_at(&self, at: usize) -> Option<&str> {
        let around = self.functions().into_iter().filter(|(_, range)| range.contains(&at));
        around.min_by_key(|(_, range)| range.len()).map(|(name, _)| name)
    }

    /// The block that opens after `from` and before any `;`, to its closing brace.
    pub(crate) fn block_after(&self, from: usize) -> Option<Range<usize>> {
        let open = from + self.code.get(from..)?.find(['{', ';'])?;
        if self.code.as_bytes()[open] == b';' {
            return None;
        }
        let mut depth = 0_usize;
        for (offset, byte) in self.code.bytes().enumerate().skip(open) {
            match byte {
                b'{' => depth += 1,
                b'}' => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return Some(open..offset + 1);
            }
        }
        Some(open..self.code.len())
    }

    /// Modules behind `#[cfg(test)]`: the name and the offset after it.
    fn test_declarations(&self) -> impl Iterator<Item = (&str, usize)> {
        self.code.match_indices("#[cfg(").filter_map(|(at, _)| {
            let close = at + self.code[at..].find(']')?;
            let condition = &self.code[at..close];
            let on_test = condition.match_indices("test").any(|(i, _)| is_word(condition, i, 4));
            let rest = &self.code[close + 1..];
            let declaration = rest.trim_start().strip_prefix("pub(crate) ").unwrap_or(rest.trim_start());
            let name = declaration.strip_prefix("mod ").and_then(|after| ident_at(after, 0))?;
            let start = self.code.len() - declaration.len() + "mod ".len();
            (on_test && !condition.contains("not(test")).then_some((name, start + name.len()))
        })
    }
}

/// The line of an offset in any text, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Whether the `len` bytes at `at` have no identifier character on either side.
pub(crate) fn is_word(text: &str, at: usize, len: usize) -> bool {
    let before = text[..at].chars().next_back();
    let after = text[at + len..].chars().next();
    !before.is_some_and(is_ident) && !after.is_some_and(is_ident)
}

/// The identifier that starts at `at`, if one does.
pub(crate) fn ident_at(text: &str, at: usize) -> Option<&str> {
    let rest = text.get(at..)?;
    let end = rest.find(|c| !is_ident(c)).unwrap_or(rest.len());
    (end > 0).then(|| &rest[..end])
}

fn is_ident(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn classify(bytes: &[u8]) -> Vec<Kind> {
    let mut kinds = vec![Kind::Code; bytes.len()];
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (kind, inside, end) = if rest.starts_with(b"//") {
            (Kind::Comment, 0, until(rest, |r| r.starts_with(b"\n")))
        } else if rest.starts_with(b"/*") {
            (Kind::Comment, 0, block_comment(rest))
        } else if let Some((open, end)) = literal(bytes, at) {
            (Kind::Literal, open, end)
        } else {
            at += 1;
            continue;
        };
        let end = (at + end).min(bytes.len());
        // The opening and closing quotes of a literal stay visible in the code.
        let last = if kind == Kind::Literal { end.saturating_sub(1) } else { end };
        kinds[(at + inside).min(last)..last].fill(kind);
        at = end.max(at + 1);
    }
    kinds
}

/// The literal that starts at `at`: the length of its opening, and its whole length.
fn literal(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = &bytes[at..];
    match rest[0] {
        b'"' => Some((1, quoted(rest, b'"'))),
        b'\'' => char_literal(rest).map(|end| (1, end)),
        b'r' if at == 0 || !is_ident(char::from(bytes[at - 1])) || matches!(bytes[at - 1], b'b' | b'c') => {
            let hashes = rest[1..].iter().take_while(|&&byte| byte == b'#').count();
            if rest.get(1 + hashes) != Some(&b'"') {
                return None;
            }
            let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
            let open = hashes + 2;
            Some((open, open + until(&rest[open..], |r| r.starts_with(&close)) + close.len()))
        }
        _ => None,
    }
}

/// The length of a character literal; `None` for a lifetime.
fn char_literal(rest: &[u8]) -> Option<usize> {
    match rest.get(1)? {
        b'\\' => Some(quoted(rest, b'\'')),
        first => {
            let width = 1 + rest[2..].iter().take_while(|&&byte| *first >= 0xC0 && byte & 0xC0 == 0x80).count();
            (rest.get(1 + width) == Some(&b'\'')).then_some(width + 2)
        }
    }
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (1, 2);
    while at < rest.len() && depth > 0 {
        let step = match &rest[at..] {
            [b'/', b'*', ..] => (2, 1),
            [b'*', b'/', ..] => (2, -1),
            _ => (1, 0),
        };
        at += step.0;
        depth += step.1;
    }
    at
}

fn until(rest: &[u8], found: impl Fn(&[u8]) -> bool) -> usize {
    (0..rest.len()).find(|&at| found(&rest[at..])).unwrap_or(rest.len())
}

#[cfg(test)]
mod tests {
    use super::Source;

    #[test]
    fn strings_and_comments_are_not_code() {
        let source = Source::new("let a = \"todo!()\"; // dbg!\nlet b = r#\"x \" todo!\"#; /* a /* b */ todo! */ c();");
        assert!(!source.code.contains("todo!") && !source.code.contains("dbg!"));
        assert!(source.code.contains("let b") && source.code.contains("c();"));
        assert!(source.comments.contains("dbg!") && !source.comments.contains("let"));
    }

    #[test]
    fn a_lifetime_is_not_the_start_of_a_character() {
        let source = Source::new("fn f<'a>(x: &'a str) -> char { let q = '\"'; let e = '\\''; let u = 'é'; code() }");
        assert!(source.code.contains("fn f<'a>(x: &'a str)"));
        assert!(source.code.contains("code()"));
    }

    #[test]
    fn offsets_and_lines_are_kept() {
        let source = Source::new("// é\nfn f() {}\n");
        assert_eq!(source.code.len(), source.text.len());
        assert_eq!(source.line(source.code.find("fn").unwrap()), 2);
    }

    #[test]
    fn test_modules_are_found_inline_and_in_files() {
        let source = Source::new("fn a() {}\n#[cfg(test)]\nmod tests;\n#[cfg(test)]\nmod inner {\n fn b() { x }\n}\n");
        assert_eq!(source.test_files(), ["tests"]);
        let modules = source.test_modules();
        assert_eq!(modules.len(), 1);
        assert!(source.text[modules[0].clone()].contains("fn b"));
    }

    #[test]
    fn production_code_behind_not_test_is_no_test_module() {
        assert!(Source::new("#[cfg(not(test))]\nmod real { }").test_modules().is_empty());
    }

    #[test]
    fn the_innermost_function_is_named() {
        let source = Source::new("fn outer() { fn inner() { here } there }");
        assert_eq!(source.function_at(source.code.find("here").unwrap()), Some("inner"));
        assert_eq!(source.function_at(source.code.find("there").unwrap()), Some("outer"));
    }
}
