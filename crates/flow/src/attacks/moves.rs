//! The words in which attacks are written: who does what, and how it differs from what the client would do.

use countersign_protocol::{
    Rule,
    steps::{Actor, Channel},
};

/// One thing that somebody does.
#[derive(Debug, Clone, Copy)]
pub struct Move {
    /// Who.
    pub by: Who,
    /// What.
    pub act: Act,
    /// Which login at the client it is about.
    pub login: Login,
    /// How it differs from what the client would send.
    pub bends: &'static [Bend],
    /// How it must end: refused by that rule, or with success.
    pub refused_by: Option<&'static Rule>,
    /// What it is about.
    pub says: &'static str,
}

/// Who makes a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The attacker.
    Thief,
    /// The client that the user trusts.
    Client,
    /// The user, who was led to it.
    User,
}

/// A login at the client: the transaction that it keeps, with its state, nonce and verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Login {
    /// The user's, which the flow is about.
    Users,
    /// One that the thief began with an account of their own.
    Thiefs,
    /// One that the user began at a server that belongs to the thief.
    Elsewhere,
}

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Makes the user's browser open an authorization request.
    Authorize,
    /// Signs in with an account of their own, as far as the code.
    OwnLogin,
    /// Leads a login that the user begins at the thief's server on to the real one.
    LeadOn,
    /// Gets a browser cookie from the server, to plant it in the user's browser.
    Plant,
    /// Signs in with the planted cookie.
    SignInPlanted,
    /// Opens an authorization request with the cookie that was planted.
    UsePlanted,
    /// Signs in at the real server, for a client of the thief's.
    SignInForThief,
    /// Shows a page of the server in a frame.
    Frame,
    /// Makes a browser open the client's redirect URI.
    Callback,
    /// The same, at a client that checks nothing.
    BlindCallback,
    /// Redeems the code.
    Redeem,
    /// Proves the ID token that came.
    ReadIdToken,
    /// Uses a refresh token: the client its newest, the thief the one that was stolen.
    Refresh,
    /// Gets the user's consent for another resource server, the thief's, and sends it a token.
    OtherApi,
    /// Asks the resource server for files, with the access token at hand.
    CallApi,
    /// The same, at a resource server that reads tokens itself.
    CallReader,
    /// Asks who the user is.
    Userinfo,
}

/// How a request differs from the client's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bend {
    /// Leaves a parameter out.
    Without(&'static str),
    /// Sets a parameter.
    With(&'static str, &'static str),
    /// Adds to the end of a parameter.
    Longer(&'static str, &'static str),
    /// Changes the redirect URI.
    Redirect(Twist),
    /// The verifier itself as the challenge.
    PlainChallenge,
    /// A verifier of the right form, made up.
    GuessedVerifier,
    /// No client authentication: the client is only named.
    WithoutSecret,
    /// Another client's name, registered by the thief.
    OtherClient,
    /// Client credentials in the header and in the form.
    TwoCredentials,
    /// The code of the thief's own login.
    OwnCode,
    /// The state of the thief's own login.
    OwnState,
    /// The code of the user's login.
    StolenCode,
    /// What the client sent to the thief's server: the code, and the verifier if there is one.
    Received,
    /// The ID token in place of the access token.
    IdToken,
    /// A token that the thief made.
    Forged(Forgery),
}

/// A redirect URI that looks like the registered one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twist {
    /// The registered host as user information before another one.
    UserInfo,
    /// The registered host as the beginning of another one.
    LongerHost,
    /// Another port.
    Port,
    /// Another scheme.
    Scheme,
    /// A letter of the path in capitals.
    Case,
    /// A character of the path, percent-encoded.
    Encoded,
    /// A script that ends in the registered address.
    Script,
}

/// A JWT that the thief made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forgery {
    /// `alg` is `none`, and there is no signature.
    Unsigned,
    /// HMAC, with the server's public key as the secret.
    PublicKeyAsSecret,
    /// HMAC, with a key that stands in the token's own header.
    KeyInHeader,
    /// Well signed, with a key of the thief's own.
    OwnKey,
    /// The server's key, named together with another algorithm than the key's.
    OtherAlgorithm,
    /// A real token with other claims under the old signature.
    OtherClaims,
}

/// How a move would look among the steps of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Likeness {
    /// The step that it resembles.
    pub step: u8,
    /// On whom it acts.
    pub to: &'static str,
    /// How it travels.
    pub channel: Channel,
    /// In a few words.
    pub title: &'static str,
}

/// The name of the one who attacks.
const ATTACKER: &str = "Attacker";

impl Who {
    /// The name of the one who acts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Thief => ATTACKER,
            Self::Client => Actor::ClientApp.name(),
            Self::User => Actor::User.name(),
        }
    }
}

impl Act {
    /// Whether success means that the thief got something, or does what the user would not want.
    pub const fn is_theft(self) -> bool {
        matches!(
            self,
            Self::Authorize
                | Self::UsePlanted
                | Self::SignInForThief
                | Self::Frame
                | Self::BlindCallback
                | Self::Redeem
                | Self::Refresh
                | Self::CallApi
                | Self::CallReader
                | Self::Userinfo
        )
    }
}

impl Move {
    /// The step that it resembles.
    pub const fn likeness(&self) -> Likeness {
        use Channel::{Back, Front};
        let server = Actor::AuthorizationServer.name();
        let (app, api) = (Actor::ClientApp.name(), Actor::ResourceServer.name());
        let by_client = matches!(self.by, Who::Client);
        let by_user = matches!(self.by, Who::User);
        let thiefs = matches!(self.login, Login::Thiefs);
        let elsewhere = matches!(self.login, Login::Elsewhere);
        let (step, to, channel, title) = match self.act {
            Act::Authorize => (3, server, Front, "A changed authorization request"),
            Act::OwnLogin => (6, server, Front, "A login of the thief's own"),
            Act::LeadOn => (3, server, Front, "A login that goes by the thief's server"),
            Act::Plant => (3, server, Front, "A cookie for another browser"),
            Act::SignInPlanted => (5, server, Channel::User, "Signs in with the planted cookie"),
            Act::UsePlanted if by_user => (3, server, Front, "The user's own cookie, after the sign-in"),
            Act::UsePlanted => (3, server, Front, "The planted cookie, after the sign-in"),
            Act::SignInForThief => (5, server, Channel::User, "Signs in for the thief's app"),
            Act::Frame => (4, server, Front, "A page in an invisible frame"),
            Act::Callback if elsewhere => (7, app, Front, "The callback comes from another server"),
            Act::BlindCallback if elsewhere => (7, app, Front, "The same, at a client that does not look at iss"),
            Act::Callback if thiefs => (7, app, Front, "The thief's callback, with the stolen code"),
            Act::Callback => (7, app, Front, "A forged callback"),
            Act::BlindCallback => (7, app, Front, "A forged callback, at a client that checks nothing"),
            Act::Redeem if elsewhere && by_client => {
                (8, ATTACKER, Back, "The client redeems its code at the thief's server")
            }
            Act::Redeem if by_client => (8, server, Back, "The client redeems its code"),
            Act::Redeem => (8, server, Back, "The thief redeems the code"),
            Act::ReadIdToken => (9, server, Back, "The client checks the ID token"),
            Act::Refresh if by_client => (8, server, Back, "The client refreshes"),
            Act::Refresh => (8, server, Back, "The thief refreshes"),
            Act::OtherApi => (9, server, Back, "A token for another resource server"),
            Act::CallApi => (10, api, Back, "GET /files"),
            Act::CallReader => (10, api, Back, "GET /files, where tokens are read and not asked about"),
            Act::Userinfo => (10, server, Back, "GET /userinfo"),
        };
        Likeness { step, to, channel, title }
    }
}
