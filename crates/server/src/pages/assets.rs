//! Style, mark and script, embedded in the binary and named by their content, so that browsers may keep them for ever.

use std::sync::LazyLock;

use countersign_jose::hash::sha256;

/// The design tokens alone: custom properties for light and dark, for whatever else of this project has a face.
pub const TOKENS: &str = include_str!("../../assets/tokens.css");

/// The whole style of the pages, tokens included.
pub const STYLE: &str =
    concat!(include_str!("../../assets/tokens.css"), "\n", include_str!("../../assets/countersign.css"));

const FILES: [(&str, &str, &str, &[u8]); 4] = [
    ("countersign", "css", "text/css; charset=utf-8", STYLE.as_bytes()),
    ("tokens", "css", "text/css; charset=utf-8", TOKENS.as_bytes()),
    ("mark", "svg", "image/svg+xml", include_bytes!("../../assets/mark.svg")),
    ("form-post", "js", "text/javascript; charset=utf-8", include_bytes!("../../assets/form-post.js")),
];

struct Asset {
    name: String,
    path: String,
    kind: &'static str,
    bytes: &'static [u8],
}

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let assets = FILES.iter().map(|&(stem, extension, kind, bytes)| {
        let [a, b, c, d, ..] = sha256(bytes);
        let path = format!("/assets/{stem}-{a:02x}{b:02x}{c:02x}{d:02x}.{extension}");
        Asset { name: format!("{stem}.{extension}"), path, kind, bytes }
    });
    assets.collect()
});

/// Content type and bytes of the asset at that path, `/assets/countersign-5f0c3a91.css`; the hash must be right.
pub fn asset(path: &str) -> Option<(&'static str, &'static [u8])> {
    ASSETS.iter().find(|asset| asset.path == path).map(|asset| (asset.kind, asset.bytes))
}

/// The path of an asset, by its plain name: `countersign.css`, `tokens.css`, `mark.svg`, `form-post.js`.
pub fn asset_path(name: &str) -> Option<&'static str> {
    ASSETS.iter().find(|asset| asset.name == name).map(|asset| asset.path.as_str())
}

#[cfg(test)]
mod tests {
    use super::{ASSETS, FILES, asset, asset_path};

    #[test]
    fn an_asset_is_found_by_the_path_that_pages_use() {
        assert_eq!(ASSETS.len(), FILES.len());
        for (stem, extension, kind, bytes) in FILES {
            let path = asset_path(&format!("{stem}.{extension}")).unwrap();
            assert_eq!(asset(path), Some((kind, bytes)));
            assert_eq!(path.len(), "/assets/".len() + stem.len() + 10 + extension.len());
        }
    }

    #[test]
    fn a_path_with_another_hash_is_not_an_asset() {
        assert_eq!(asset("/assets/countersign.css"), None);
        assert_eq!(asset("/assets/countersign-00000000.css"), None);
        assert_eq!(asset_path("other.css"), None);
    }
}
