//! What claims are called on pages (OpenID Connect Core §5.1).

/// A claim in plain words; one that is no standard claim is called by its own name.
pub fn claim_words(name: &str) -> String {
    let (base, language) = match name.split_once('#') {
        Some((base, language)) => (base, format!(" ({language})")),
        None => (name, String::new()),
    };
    let words = match base {
        "name" => "Full name",
        "family_name" => "Family name",
        "given_name" => "Given name",
        "middle_name" => "Middle name",
        "nickname" => "Nickname",
        "preferred_username" => "Username",
        "profile" => "Address of your profile page",
        "picture" => "Address of your picture",
        "website" => "Address of your website",
        "gender" => "Gender",
        "birthdate" => "Date of birth",
        "zoneinfo" => "Time zone",
        "locale" => "Language and region",
        "updated_at" => "When your profile last changed",
        "email" => "Email address",
        "email_verified" => "Whether your email address is confirmed",
        "address" => "Postal address",
        "phone_number" => "Phone number",
        "phone_number_verified" => "Whether your phone number is confirmed",
        other => other,
    };
    format!("{words}{language}")
}

#[cfg(test)]
mod tests {
    use countersign_engine::claims::standard;

    use super::claim_words;

    #[test]
    fn every_standard_claim_has_words_and_others_keep_their_names() {
        for name in standard() {
            assert_ne!(claim_words(name), name);
        }
        assert_eq!(claim_words("staff_number"), "staff_number");
        assert_eq!(claim_words("name#ja"), "Full name (ja)");
    }
}
