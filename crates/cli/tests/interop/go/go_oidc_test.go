// `coreos/go-oidc` with `golang.org/x/oauth2`: what most programs in Go sign in with.

package clients

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"testing"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

var scopes = []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess, "read:files"}

var styles = map[string]oauth2.AuthStyle{
	"none":                oauth2.AuthStyleInParams,
	"client_secret_basic": oauth2.AuthStyleInHeader,
	"client_secret_post":  oauth2.AuthStyleInParams,
}

// A program that signs users in.
type app struct {
	provider *oidc.Provider
	verifier *oidc.IDTokenVerifier
	oauth2.Config
}

func newApp(t *testing.T, method string, extra metadata) app {
	t.Helper()
	provider := must(oidc.NewProvider(t.Context(), issuer))(t)
	client := register(t, method, extra)
	endpoint := provider.Endpoint()
	endpoint.AuthStyle = styles[method]
	return app{
		provider: provider,
		verifier: provider.Verifier(&oidc.Config{ClientID: client.ID}),
		Config: oauth2.Config{
			ClientID: client.ID, ClientSecret: client.Secret, Endpoint: endpoint, RedirectURL: redirectURI, Scopes: scopes,
		},
	}
}

// What has to be kept between request and answer.
type begun struct{ state, nonce, verifier string }

func (a app) begin(more ...oauth2.AuthCodeOption) (string, begun) {
	kept := begun{oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()}
	options := []oauth2.AuthCodeOption{
		oidc.Nonce(kept.nonce), oauth2.S256ChallengeOption(kept.verifier), oauth2.SetAuthURLParam("resource", api),
	}
	return a.AuthCodeURL(kept.state, append(options, more...)...), kept
}

// Signs a user in, and verifies who it is.
func (a app) logIn(t *testing.T, user *browser, more ...oauth2.AuthCodeOption) (*oauth2.Token, *oidc.IDToken) {
	t.Helper()
	address, kept := a.begin(more...)
	back := user.open(address, redirectURI)
	query := back.address.Query()
	if query.Get("state") != kept.state || query.Get("iss") != issuer {
		t.Fatalf("came back to %s, status %d: %s", back.address, back.status, back.body)
	}
	token, err := a.Exchange(t.Context(), query.Get("code"), oauth2.VerifierOption(kept.verifier))
	if err != nil {
		t.Fatal(err)
	}
	return token, a.verify(t, token, kept.nonce)
}

// Everything that the library and its manual say about an ID token.
func (a app) verify(t *testing.T, token *oauth2.Token, nonce string) *oidc.IDToken {
	t.Helper()
	raw, _ := token.Extra("id_token").(string)
	verified, err := a.verifier.Verify(t.Context(), raw)
	if err != nil {
		t.Fatal(err)
	}
	if verified.Nonce != nonce {
		t.Fatalf("nonce is %q instead of %q", verified.Nonce, nonce)
	}
	if err := verified.VerifyAccessToken(token.AccessToken); err != nil {
		t.Fatal(err)
	}
	return verified
}

func TestAClientOfGoOidcSignsInLearnsWhoItIsRefreshesAndSignsOut(t *testing.T) {
	for method := range styles {
		t.Run(method, func(t *testing.T) {
			door := "http://127.0.0.1:9/signed-out"
			app, user := newApp(t, method, metadata{"post_logout_redirect_uris": []string{door}}), newBrowser(t)
			token, identity := app.logIn(t, user)
			source := app.TokenSource(t.Context(), token)
			person := must(app.provider.UserInfo(t.Context(), source))(t)
			if person.Subject != identity.Subject || person.Email != "alice@example.com" || !person.EmailVerified {
				t.Fatalf("userinfo says %+v", person)
			}

			fresh := must(app.TokenSource(t.Context(), &oauth2.Token{RefreshToken: token.RefreshToken}).Token())(t)
			if fresh.AccessToken == token.AccessToken || fresh.RefreshToken == token.RefreshToken {
				t.Fatal("a refresh brought the same tokens")
			}
			// An ID token of a refresh has no nonce (OpenID Connect Core section 12.2).
			if again := app.verify(t, fresh, ""); again.Subject != identity.Subject {
				t.Fatalf("after the refresh it is %s", again.Subject)
			}
			files := must(app.Client(t.Context(), fresh).Get(api + "/files"))(t)
			if files.Body.Close(); files.StatusCode != http.StatusOK {
				t.Fatalf("files: %s", files.Status)
			}

			gone := user.open(app.endSession(t, fresh, door, "a state"), door)
			if gone.address.Path != "/signed-out" || gone.address.Query().Get("state") != "a state" {
				t.Fatalf("signed out at %s", gone.address)
			}
			if said := app.silently(user); said != "login_required" {
				t.Fatalf("after the sign-out prompt=none says %q", said)
			}
		})
	}
}

// The address that signs the user out (OpenID Connect RP-Initiated Logout).
func (a app) endSession(t *testing.T, token *oauth2.Token, back, state string) string {
	t.Helper()
	var found struct {
		Endpoint string `json:"end_session_endpoint"`
	}
	if err := a.provider.Claims(&found); err != nil {
		t.Fatal(err)
	}
	hint, _ := token.Extra("id_token").(string)
	query := url.Values{"id_token_hint": {hint}}
	if back != "" {
		query["post_logout_redirect_uri"], query["state"] = []string{back}, []string{state}
	}
	return found.Endpoint + "?" + query.Encode()
}

// The error that comes back when nobody may be asked.
func (a app) silently(user *browser) string {
	address, _ := a.begin(oauth2.SetAuthURLParam("prompt", "none"))
	return user.open(address, redirectURI).address.Query().Get("error")
}

func TestGoOidcVerifiesEachAlgorithmByDiscoveryAloneAndKnowsTheTokensOfOthers(t *testing.T) {
	for _, alg := range []string{oidc.RS256, oidc.PS256, oidc.ES256, oidc.ES384, oidc.EdDSA} {
		t.Run(alg, func(t *testing.T) {
			app := newApp(t, "none", metadata{"id_token_signed_response_alg": alg})
			token, _ := app.logIn(t, newBrowser(t))
			raw, _ := token.Extra("id_token").(string)
			others := app.provider.Verifier(&oidc.Config{ClientID: "another"})
			if _, err := others.Verify(t.Context(), raw); err == nil {
				t.Fatal("another client took this token")
			}
			only := app.provider.Verifier(&oidc.Config{ClientID: app.ClientID, SupportedSigningAlgs: []string{alg}})
			if _, err := only.Verify(t.Context(), raw); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func TestGoOidcReadsSignedUserinfo(t *testing.T) {
	for _, alg := range []string{oidc.RS256, oidc.PS256, oidc.ES256, oidc.ES384, oidc.EdDSA} {
		app := newApp(t, "client_secret_basic", metadata{"userinfo_signed_response_alg": alg})
		token, identity := app.logIn(t, newBrowser(t))
		person, err := app.provider.UserInfo(t.Context(), oauth2.StaticTokenSource(token))
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		if person.Subject != identity.Subject || person.Email != "alice@example.com" {
			t.Fatalf("%s: %+v", alg, person)
		}
	}
}

func TestMaxAgeAsksForThePasswordAgainAndTellsWhen(t *testing.T) {
	app, user := newApp(t, "client_secret_basic", nil), newBrowser(t)
	_, before := app.logIn(t, user)
	_, after := app.logIn(t, user, oauth2.SetAuthURLParam("max_age", "0"))
	var first, second struct {
		Time int64  `json:"auth_time"`
		ID   string `json:"sid"`
	}
	if err := errors.Join(before.Claims(&first), after.Claims(&second)); err != nil {
		t.Fatal(err)
	}
	if first.Time == 0 || second.Time < first.Time || second.Time > after.IssuedAt.Unix() {
		t.Fatalf("signed in at %d, then at %d", first.Time, second.Time)
	}
	if said := app.silently(user); said != "" {
		t.Fatalf("prompt=none says %q", said)
	}
}

func TestACodeUsedAgainAndAWrongVerifierAreErrorsThatTheLibraryNames(t *testing.T) {
	app := newApp(t, "none", nil)
	address, kept := app.begin()
	code := newBrowser(t).open(address, redirectURI).address.Query().Get("code")
	redeem := func(verifier string) string {
		_, err := app.Exchange(t.Context(), code, oauth2.VerifierOption(verifier))
		var refused *oauth2.RetrieveError
		if errors.As(err, &refused) {
			return refused.ErrorCode
		}
		return fmt.Sprint(err)
	}
	said := []string{redeem(oauth2.GenerateVerifier()), redeem(kept.verifier), redeem(kept.verifier)}
	if !slices.Equal(said, []string{"invalid_grant", "<nil>", "invalid_grant"}) {
		t.Fatalf("wrong verifier, right one, again: %q", said)
	}
}

func TestGoOidcVerifiesTheLogoutTokenThatComesByTheBackChannel(t *testing.T) {
	told := make(chan string, 1)
	site := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		told <- request.PostFormValue("logout_token")
	}))
	defer site.Close()
	app, user := newApp(t, "client_secret_basic", metadata{"backchannel_logout_uri": site.URL}), newBrowser(t)
	token, identity := app.logIn(t, user)
	user.open(app.endSession(t, token, "", ""), redirectURI)
	heard, err := app.verifier.VerifyLogout(context.Background(), <-told)
	if err != nil {
		t.Fatal(err)
	}
	var session struct {
		ID string `json:"sid"`
	}
	if err := identity.Claims(&session); err != nil {
		t.Fatal(err)
	}
	if heard.Subject != identity.Subject || heard.SessionID != session.ID {
		t.Fatalf("told of %+v instead of %+v", heard, session)
	}
}
