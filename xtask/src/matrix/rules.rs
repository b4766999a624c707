//! Finds the rules that `rules! { … }` declares, by reading the source text.

use crate::source::{Source, ident_at};
use crate::tree::{File, Tree};

/// One rule as it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Declared {
    /// `CODE_SINGLE_USE`
    pub(crate) name: String,
    /// `code.single_use`
    pub(crate) id: String,
    /// `OAuth 2.1 §4.1.3`
    pub(crate) spec: String,
    /// `invalid_grant`
    pub(crate) error: String,
    /// The file that declares it.
    pub(crate) path: String,
    /// The line of its name.
    pub(crate) line: usize,
}

/// Every rule under `crates/*/src`, in the order of files, or what could not be read.
pub(crate) fn declared(tree: &Tree) -> Result<Vec<Declared>, String> {
    let mut rules = Vec::new();
    for (file, source) in tree.rust().filter(|(file, _)| file.path.starts_with("crates/")) {
        for block in blocks(source).filter(|&(open, _)| !tree.is_test(file, open)) {
            read_block(file, source, block, &mut rules)?;
        }
    }
    Ok(rules)
}

/// The inside of every `rules! { … }`, as offsets.
pub(crate) fn blocks(source: &Source) -> impl Iterator<Item = (usize, usize)> {
    source.words("rules").filter_map(|at| {
        let after = source.code[at..].strip_prefix("rules!")?.trim_start();
        let open = source.code.len() - after.len();
        let block = after.starts_with('{').then(|| source.block_after(open)).flatten()?;
        Some((open + 1, block.end - 1))
    })
}

fn read_block(file: &File, source: &Source, block: (usize, usize), rules: &mut Vec<Declared>) -> Result<(), String> {
    let mut reader = Reader { source, at: block.0, end: block.1 };
    while reader.skip_space() {
        let start = reader.at;
        let rule = reader.rule(file).ok_or_else(|| {
            format!(
                "{}:{}: this rule has another form than `NAME: \"id\", \"section\", Error, \"words\";`",
                file.path,
                source.line(start)
            )
        })?;
        rules.push(rule);
    }
    Ok(())
}

struct Reader<'a> {
    source: &'a Source,
    at: usize,
    end: usize,
}

impl Reader<'_> {
    /// `NAME: "id", "section", ErrorCode, "words";`
    fn rule(&mut self, file: &File) -> Option<Declared> {
        let line = self.source.line(self.at);
        let name = self.ident()?;
        self.mark(':')?;
        let id = self.string()?;
        self.mark(',')?;
        let spec = self.string()?;
        self.mark(',')?;
        let error = snake(&self.ident()?);
        self.mark(',')?;
        self.string()?;
        self.mark(';')?;
        Some(Declared { name, id, spec, error, path: file.path.clone(), line })
    }

    /// Moves to the next code; `false` at the end of the block.
    fn skip_space(&mut self) -> bool {
        let rest = &self.source.code[self.at..self.end];
        self.at = self.end - rest.trim_start().len();
        self.at < self.end
    }

    fn ident(&mut self) -> Option<String> {
        self.skip_space();
        let name = ident_at(&self.source.code[..self.end], self.at)?.to_owned();
        self.at += name.len();
        Some(name)
    }

    fn mark(&mut self, mark: char) -> Option<()> {
        self.skip_space();
        self.source.code[self.at..self.end].starts_with(mark).then(|| self.at += 1)
    }

    /// A plain string literal; the code view shows its two quotes and nothing between.
    fn string(&mut self) -> Option<String> {
        self.skip_space();
        let inside = self.source.code[self.at..self.end].strip_prefix('"')?;
        let start = self.at + 1;
        let close = start + inside.find('"')?;
        self.at = close + 1;
        Some(self.source.text[start..close].to_owned())
    }
}

/// `InvalidGrant` as it stands on the wire: `invalid_grant`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::declared;
    use crate::tree::Tree;

    const RULES: &str = "//! x\nprotocol::rules! {\n    /// Doc, with a \"quote\".\n    CODE_SINGLE_USE: \"code.single_use\",\n\
        \x20       \"OAuth 2.1 §4.1.3\", InvalidGrant, \"A code works; once.\";\n    B: \"b.c\", \"X §1\", AccessDenied, \"w\";\n}\n";

    #[test]
    fn a_rule_is_read_with_its_line() {
        let tree = Tree::of(&[("crates/engine/src/rules.rs", RULES)]);
        let rules = declared(&tree).unwrap();
        assert_eq!(rules.len(), 2);
        assert_eq!(rules[0].name, "CODE_SINGLE_USE");
        assert_eq!(rules[0].id, "code.single_use");
        assert_eq!(rules[0].spec, "OAuth 2.1 §4.1.3");
        assert_eq!(rules[0].error, "invalid_grant");
        assert_eq!((rules[0].line, rules[1].line), (4, 6));
    }

    #[test]
    fn the_definition_of_the_macro_is_not_a_rule() {
        let tree = Tree::of(&[("crates/protocol/src/rule.rs", "macro_rules! rules {\n    ($a:ident) => {};\n}\n")]);
        assert_eq!(declared(&tree).unwrap(), []);
    }

    #[test]
    fn rules_made_for_a_test_do_not_count() {
        let text = format!("#[cfg(test)]\nmod tests {{\n{RULES}\n}}\n");
        let tree = Tree::of(&[("crates/protocol/src/rule.rs", &text)]);
        assert_eq!(declared(&tree).unwrap(), []);
    }

    #[test]
    fn a_rule_that_cannot_be_read_is_named() {
        let tree = Tree::of(&[("crates/engine/src/rules.rs", "rules! {\n    A: \"a.b\";\n}\n")]);
        assert!(declared(&tree).unwrap_err().starts_with("crates/engine/src/rules.rs:2:"));
    }
}
