//! The names by which somebody who watches the wire recognizes the requests of one run (W3C Trace Context §3.2): one trace
//! id for the run, and a span for each request.

use std::fmt;

use countersign_protocol::Entropy;
use http::{HeaderMap, HeaderName, HeaderValue};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The name of a run: 16 bytes, not all zero, written as 32 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId([u8; 16]);

impl TraceId {
    /// A new one.
    pub fn random(entropy: &mut dyn Entropy) -> Self {
        let mut bytes = [0; 16];
        entropy.fill(&mut bytes);
        // All zero is the one value that is no trace id.
        bytes[0] |= 1;
        Self(bytes)
    }

    /// The header of a request, with a span of its own.
    pub(crate) fn mark(self, headers: &mut HeaderMap, entropy: &mut dyn Entropy) {
        let mut span = [0; 8];
        entropy.fill(&mut span);
        span[0] |= 1;
        // Hexadecimal digits and hyphens are always a header value.
        if let Ok(value) = HeaderValue::try_from(format!("00-{self}-{}-01", Hex(&span))) {
            headers.insert(TRACEPARENT, value);
        }
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

/// The span of a request that was marked.
pub(crate) fn span(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(TRACEPARENT)?.to_str().ok()?;
    value.split('-').nth(2).map(str::to_owned)
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
mod tests {
    use countersign_protocol::Entropy;
    use http::HeaderMap;

    use super::{TraceId, span};

    struct Fixed(u8);

    impl Entropy for Fixed {
        fn fill(&mut self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn each_request_carries_the_runs_name_and_a_span_of_its_own() {
        let run = TraceId::random(&mut Fixed(0xab));
        let mut headers = HeaderMap::new();
        run.mark(&mut headers, &mut Fixed(0x2d));
        assert_eq!(headers["traceparent"], format!("00-{}-2d2d2d2d2d2d2d2d-01", "ab".repeat(16)));
        assert_eq!(span(&headers).as_deref(), Some("2d2d2d2d2d2d2d2d"));
        assert_eq!(span(&HeaderMap::new()), None);
    }

    #[test]
    fn no_name_is_all_zero() {
        assert_eq!(TraceId::random(&mut Fixed(0)).to_string(), format!("01{}", "00".repeat(15)));
    }
}
