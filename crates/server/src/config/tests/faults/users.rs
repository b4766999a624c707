//! What is wrong with users and their claims.

use super::{LOCAL, check, faults};

#[test]
fn users_are_whole_and_there_once() {
    check(&[(
        "[[users]]\nusername = \"Bob\"\nclaims = { sub = \"x\" }\n[[users]]\nusername = \"\"\nsub = \"bob\"\n\
              claims = \"x\"\npassword_hash = \"$argon2id$v=19\"\npassword_file = \"p\"",
        &[
            "line 2: users[0].password_file: missing; expected password_file or password_hash",
            "line 4: users[0].claims.sub: sub is not a claim to choose here; it is a key of [[users]]",
            "line 6: users[1].username: expected 1 to 256 characters, no control or invisible ones, not u_ first, got \"\"",
            "line 7: users[1].sub: expected an identifier that begins with \"u_\", got \"bob\"",
            "line 8: users[1].claims: expected a table of claims, such as { name = \"Alice\", email = \"alice@example.com\" }, \
         got \"x\"",
            "line 10: users[1].password_file: password_hash is there as well; keep one of them",
        ],
    )]);
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$Y291bnRlcnNpZ24gbm9ib2R5$1Yt6yQ0H0pVQ2cYVxvVdC6mL1Zt4m3dUuU5f2c1nq1A";
    let one = |name: &str| format!("[[users]]\nusername = \"{name}\"\nsub = \"u_1\"\npassword_hash = \"{hash}\"\n");
    assert_eq!(
        faults(&format!("{LOCAL}{}{}", one("Bob"), one(" bob"))),
        ["line 7: users[1].username: \"bob\" is there twice", "line 8: users[1].sub: this subject is there twice",]
    );
}

/// As for those who are made by a command or make themselves: a name like a subject could be taken for one, and one with
/// invisible characters for another name.
#[test]
fn user_names_follow_the_one_rule_for_them() {
    for name in ["u_alice", "ali\\u200bce"] {
        let text = format!("{LOCAL}[[users]]\nusername = \"{name}\"\npassword_file = \"p\"");
        let seen = faults(&text).join("\n");
        assert!(seen.contains("line 3: users[0].username: expected 1 to 256 characters, no control"), "{name}: {seen}");
    }
}

#[test]
fn claims_have_their_form_and_a_scope_that_opens_them() {
    let claims = "emial = \"a@example.com\"\nemail_verified = \"yes\"\naddress = \"Wien\"\nbirthdate = 1990-12-31\n\
                  updated_at = 2026-01-01\n\"name#ja\" = \"\"\nshoe_size = 43\nstaff_number = 17\nacr = \"1\"";
    let text = format!(
        "{LOCAL}[[scopes]]\nscope = \"staff\"\ntitle = \"t\"\ndescription = \"d\"\n\
         claims = [\"staff_number\", \"sub\", \"a b\", \"staff_number\"]\n[[users]]\nusername = \"bob\"\n\
         password_hash = \"$argon2id$v=19$m=19456,t=2,p=1$Y291bnRlcnNpZ24gbm9ib2R5$1Yt6yQ0H0pVQ2cYVxvVdC6mL1Zt4m3dUuU5f2c1nq1A\"\n\
         [users.claims]\n{claims}"
    );
    let no_claim = "can't be a claim: tokens have it with a meaning of its own, or it is malformed";
    assert_eq!(faults(&text), [
        format!("line 6: scopes[0].claims[1]: \"sub\" {no_claim}"),
        format!("line 6: scopes[0].claims[2]: \"a b\" {no_claim}"),
        "line 6: scopes[0].claims[3]: \"staff_number\" is there twice".to_owned(),
        "line 11: users[0].claims.emial: no scope opens this claim; did you mean email?".to_owned(),
        "line 12: users[0].claims.email_verified: expected true or false, got \"yes\"".to_owned(),
        "line 13: users[0].claims.address: expected an address: some of formatted, street_address, locality, region, \
         postal_code and country, each of them text, got \"Wien\"".to_owned(),
        "line 15: users[0].claims.updated_at: expected a number of seconds since 1970, got 2026-01-01".to_owned(),
        "line 17: users[0].claims.shoe_size: no scope opens this claim; those of your own stand in claims of [[scopes]]"
            .to_owned(),
        "line 19: users[0].claims.acr: acr is not a claim about a person, or too long, got \"1\"".to_owned(),
    ]);
}
