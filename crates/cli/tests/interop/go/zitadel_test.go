// The relying party of `zitadel/oidc`: a web application whose sign-in is the library's own handlers, from the redirect to
// userinfo, so that the browser of this suite visits the application too.

package clients

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/zitadel/oidc/v3/pkg/client/rp"
	httphelper "github.com/zitadel/oidc/v3/pkg/http"
	"github.com/zitadel/oidc/v3/pkg/oidc"
	"golang.org/x/oauth2"
)

// A web application that signs users in.
type site struct {
	*httptest.Server
	rp.RelyingParty
	tokens *oidc.Tokens[*oidc.IDTokenClaims]
}

func newSite(t *testing.T, method string, extra metadata) *site {
	t.Helper()
	mux := http.NewServeMux()
	site := &site{Server: httptest.NewServer(mux)}
	t.Cleanup(site.Close)
	wanted := metadata{
		"redirect_uris":             []string{site.URL + "/callback"},
		"post_logout_redirect_uris": []string{site.URL + "/signed-out"},
	}
	for name, value := range extra {
		wanted[name] = value
	}
	client := register(t, method, wanted)
	cookies := httphelper.NewCookieHandler([]byte(oauth2.GenerateVerifier())[:32], nil, httphelper.WithUnsecure())
	style := map[string]oauth2.AuthStyle{
		"none": oauth2.AuthStyleInParams, "client_secret_basic": oauth2.AuthStyleInHeader,
		"client_secret_post": oauth2.AuthStyleInParams,
	}[method]
	party, err := rp.NewRelyingPartyOIDC(t.Context(), issuer, client.ID, client.Secret, site.URL+"/callback", scopes,
		rp.WithPKCEFromDiscovery(cookies), rp.WithAuthStyle(style), rp.WithSigningAlgsFromDiscovery(),
		rp.WithHTTPClient(&http.Client{}))
	if err != nil {
		t.Fatal(err)
	}
	site.RelyingParty = party
	mux.Handle("/login", rp.AuthURLHandler(oauth2.GenerateVerifier, party))
	mux.Handle("/silent", rp.AuthURLHandler(oauth2.GenerateVerifier, party, rp.WithPromptURLParam(oidc.PromptNone)))
	mux.Handle("/callback", rp.CodeExchangeHandler(rp.UserinfoCallback(site.welcome), party))
	mux.HandleFunc("/signed-out", func(w http.ResponseWriter, r *http.Request) {
		_, _ = w.Write([]byte("bye " + r.FormValue("state")))
	})
	return site
}

// What the application shows to somebody who is signed in.
func (s *site) welcome(
	w http.ResponseWriter, _ *http.Request, tokens *oidc.Tokens[*oidc.IDTokenClaims], _ string, _ rp.RelyingParty,
	person *oidc.UserInfo,
) {
	s.tokens = tokens
	_ = json.NewEncoder(w).Encode(person)
}

// Visits the application and signs in to it.
func (s *site) logIn(t *testing.T, user *browser) *oidc.UserInfo {
	t.Helper()
	shown := user.open(s.URL+"/login", redirectURI)
	person := new(oidc.UserInfo)
	if err := json.Unmarshal([]byte(shown.body), person); err != nil {
		t.Fatalf("%s answered %d: %s", shown.address, shown.status, shown.body)
	}
	return person
}

func TestASiteOfZitadelSignsInByDiscoveryLearnsWhoItIsRefreshesRevokesAndSignsOut(t *testing.T) {
	for _, method := range []string{"none", "client_secret_basic", "client_secret_post"} {
		t.Run(method, func(t *testing.T) {
			site, user := newSite(t, method, nil), newBrowser(t)
			if !site.IsPKCE() {
				t.Fatal("the library did not find PKCE in the metadata")
			}
			person := site.logIn(t, user)
			if person.Email != "alice@example.com" || person.Name != "Alice Liddell" || !bool(person.EmailVerified) {
				t.Fatalf("userinfo says %+v", person)
			}
			first := site.tokens
			fresh, err := rp.RefreshTokens[*oidc.IDTokenClaims](t.Context(), site, first.RefreshToken, "", "")
			if err != nil {
				t.Fatal(err)
			}
			if fresh.IDTokenClaims.Subject != person.Subject || fresh.AccessToken == first.AccessToken {
				t.Fatalf("the refresh brought %+v", fresh.IDTokenClaims)
			}

			bye := site.signOut(t, user, fresh.IDToken)
			if bye.body != "bye for now" {
				t.Fatalf("%s answered %d: %s", bye.address, bye.status, bye.body)
			}
			if shown := user.open(site.URL+"/silent", redirectURI); !strings.HasPrefix(shown.body, "login_required") {
				t.Fatalf("after the sign-out prompt=none says %s", shown.body)
			}

			// The library keeps what can revoke behind the interface.
			if err := rp.RevokeToken(t.Context(), site.RelyingParty, fresh.RefreshToken, "refresh_token"); err != nil {
				t.Fatal(err)
			}
			if _, err := site.userinfo(t.Context(), fresh); err == nil {
				t.Fatal("a revoked token still reads userinfo")
			}
		})
	}
}

// The library asks the server where to go; the browser goes there.
func (s *site) signOut(t *testing.T, user *browser, hint string) page {
	t.Helper()
	next, err := rp.EndSession(t.Context(), s, hint, s.URL+"/signed-out", "for now", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return user.open(next.String(), redirectURI)
}

func (s *site) userinfo(ctx context.Context, tokens *oidc.Tokens[*oidc.IDTokenClaims]) (*oidc.UserInfo, error) {
	subject := tokens.IDTokenClaims.Subject
	return rp.Userinfo[*oidc.UserInfo](ctx, tokens.AccessToken, tokens.TokenType, subject, s)
}

func TestZitadelVerifiesEachAlgorithm(t *testing.T) {
	for _, alg := range []string{"RS256", "PS256", "ES256", "ES384", "EdDSA"} {
		t.Run(alg, func(t *testing.T) {
			site := newSite(t, "client_secret_basic", metadata{"id_token_signed_response_alg": alg})
			person := site.logIn(t, newBrowser(t))
			claims := site.tokens.IDTokenClaims
			if string(claims.SignatureAlg) != alg || claims.Subject != person.Subject || claims.AccessTokenHash == "" {
				t.Fatalf("the ID token says %+v", claims)
			}
		})
	}
}

func TestAnAnswerForAnotherBrowserStopsInTheLibrary(t *testing.T) {
	site := newSite(t, "client_secret_basic", nil)
	begun := newBrowser(t).open(site.URL+"/login", issuer)
	back := newBrowser(t).open(begun.address.String(), site.URL)
	if shown := newBrowser(t).open(back.address.String(), redirectURI); shown.status != http.StatusUnauthorized {
		t.Fatalf("%d: %s", shown.status, shown.body)
	}
}
