//! What browsers enforce, because the server's answers ask them to. For attacks that no server can see.

countersign_protocol::rules! {
    /// Who frames a page can lay another one over it.
    NOT_FRAMED: "browser.not_framed", "RFC 9700 §4.16", AccessDenied,
        "A page with frame-ancestors 'none' in its policy is shown in no frame.";
    /// 303 turns a POST into a GET; 307 repeats it.
    POST_NOT_REPEATED: "browser.post_not_repeated", "RFC 9700 §4.12", AccessDenied,
        "After the answer 303 a form that was posted is not posted again.";
}
