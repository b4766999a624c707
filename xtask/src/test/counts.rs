//! How many tests passed, read from what the test runners print.

use std::ops::AddAssign;

/// Tests of one step, or of all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    /// Ran and passed.
    pub(crate) passed: u64,
    /// Ran and failed.
    pub(crate) failed: u64,
    /// Did not run, and the runner said so.
    pub(crate) skipped: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, more: Self) {
        self.passed += more.passed;
        self.failed += more.failed;
        self.skipped += more.skipped;
    }
}

impl Counts {
    /// A step that counts as one check.
    pub(crate) const ONE: Self = Self { passed: 1, failed: 0, skipped: 0 };

    /// Sums the summary lines of libtest, nextest, `node --test`, pytest and Surefire, and the results of `go test -v`.
    pub(crate) fn read(text: &str) -> Self {
        let mut sum = Self::default();
        for line in text.lines().map(without_colour) {
            sum += summary(line.trim()).unwrap_or_default();
        }
        sum
    }
}

fn summary(line: &str) -> Option<Counts> {
    if let Some(rest) = line.strip_prefix("test result: ") {
        return Some(words(rest.split_once(". ")?.1, ';'));
    }
    if let Some(rest) = line.strip_prefix("Summary [") {
        return Some(words(rest.split_once(" run: ")?.1, ','));
    }
    if let Some(rest) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
        let (word, number) = rest.split_once(' ')?;
        return Some(one(number.parse().ok()?, word));
    }
    if let Some(rest) = line.strip_prefix("--- ") {
        let (word, _) = rest.split_once(": ")?;
        return Some(one(1, &word.to_ascii_lowercase()));
    }
    if let Some((_, rest)) = line.split_once("] Tests run: ").filter(|(level, _)| level.starts_with('[')) {
        // A class has a line of its own, which says how long it took; the last line sums them.
        return (!rest.contains("Time elapsed")).then(|| surefire(rest)).flatten();
    }
    // pytest: `=== 1 failed, 3 passed in 0.12s ===`
    let bare = line.trim_matches('=').trim();
    let (numbers, time) = bare.rsplit_once(" in ")?;
    let seconds = time.split(' ').next()?.strip_suffix('s')?;
    seconds.parse::<f64>().ok()?;
    Some(words(numbers, ','))
}

/// `3, Failures: 1, Errors: 0, Skipped: 0`
fn surefire(text: &str) -> Option<Counts> {
    let numbers: Vec<u64> =
        text.split(", ").map_while(|part| part.rsplit(' ').next().and_then(|last| last.parse().ok())).collect();
    let [run, failures, errors, skipped] = numbers[..] else { return None };
    let failed = failures + errors;
    Some(Counts { passed: run.saturating_sub(failed + skipped), failed, skipped })
}

/// `3 passed; 1 failed; 0 ignored`
fn words(text: &str, between: char) -> Counts {
    let mut sum = Counts::default();
    for part in text.split(between) {
        let mut words = part.split_whitespace();
        if let (Some(Ok(number)), Some(word)) = (words.next().map(str::parse), words.next()) {
            sum += one(number, word);
        }
    }
    sum
}

fn one(number: u64, word: &str) -> Counts {
    match word {
        "pass" | "passed" => Counts { passed: number, ..Counts::default() },
        "fail" | "failed" | "error" | "errors" | "cancelled" => Counts { failed: number, ..Counts::default() },
        "skip" | "skipped" | "ignored" | "todo" => Counts { skipped: number, ..Counts::default() },
        _ => Counts::default(),
    }
}

fn without_colour(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("\u{1b}[") {
        out.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::Counts;

    fn counts(text: &str) -> (u64, u64, u64) {
        let Counts { passed, failed, skipped } = Counts::read(text);
        (passed, failed, skipped)
    }

    #[test]
    fn libtest_is_read_and_summed() {
        let text = "test result: ok. 35 passed; 0 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.12s\n\
                    test result: FAILED. 1 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1s\n";
        assert_eq!(counts(text), (36, 3, 2));
    }

    #[test]
    fn nextest_is_read() {
        assert_eq!(
            counts("     Summary [   0.1s] 35 tests run: 34 passed (1 slow), 1 failed, 2 skipped\n"),
            (34, 1, 2)
        );
    }

    #[test]
    fn node_is_read_in_both_of_its_forms() {
        assert_eq!(counts("# tests 4\n# pass 3\n# fail 1\n# cancelled 0\n# skipped 0\n# todo 0\n"), (3, 1, 0));
        assert_eq!(counts("ℹ tests 4\nℹ pass 3\nℹ fail 0\nℹ skipped 1\nℹ duration_ms 12.5\n"), (3, 0, 1));
    }

    #[test]
    fn pytest_is_read_quiet_and_loud() {
        assert_eq!(counts("3 passed in 0.12s\n"), (3, 0, 0));
        assert_eq!(counts("=== 1 failed, 3 passed, 1 error in 61.00s (0:01:01) ===\n"), (3, 2, 0));
    }

    #[test]
    fn go_is_read_result_by_result() {
        let text = "=== RUN   TestA\n--- PASS: TestA (0.10s)\n    --- FAIL: TestB/RS256 (0.00s)\n--- SKIP: TestC (0.00s)\nok  x 0.4s\n";
        assert_eq!(counts(text), (1, 1, 1));
    }

    #[test]
    fn surefire_is_read_once_and_not_class_by_class() {
        let text = "[INFO] Tests run: 2, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 1.5 s -- in a.B\n\
                    [ERROR] Tests run: 5, Failures: 1, Errors: 1, Skipped: 1\n";
        assert_eq!(counts(text), (2, 2, 1));
    }

    #[test]
    fn colours_do_not_hide_a_summary() {
        assert_eq!(counts("\u{1b}[34mℹ pass 3\u{1b}[39m\n"), (3, 0, 0));
    }

    #[test]
    fn other_lines_count_nothing() {
        assert_eq!(
            counts("Finished in 3s\n# Subtest: 3 passed things\nrunning 3 tests\nhe passed in 3 moves\n"),
            (0, 0, 0)
        );
    }
}
