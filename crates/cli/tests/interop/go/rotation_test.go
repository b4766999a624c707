// Keys that are rotated again and again while both libraries sign users in: each keeps the set of keys that it fetched, and
// asks for it anew when a token names a key that is not in it. No sign-in may fail for that.

package clients

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

const (
	// Applications that sign in at once with each library.
	applications = 2
	// How often the keys are replaced meanwhile. Making new ones takes a moment.
	rotations = 6
)

// One more sign-in in the same browser; the verified ID token.
type signer func(t *testing.T) string

func withGoOidc(t *testing.T) signer {
	app, user := newApp(t, "client_secret_basic", nil), newBrowser(t)
	return func(t *testing.T) string {
		token, _ := app.logIn(t, user)
		raw, _ := token.Extra("id_token").(string)
		return raw
	}
}

func withZitadel(t *testing.T) signer {
	site, user := newSite(t, "client_secret_post", nil), newBrowser(t)
	return func(t *testing.T) string {
		site.logIn(t, user)
		return site.tokens.IDToken
	}
}

// New keys sign from now on; the old ones stay in the set for a while.
func rotate() error {
	answer, err := http.Post(issuer+"/explore/api/faults/rotate-keys", "application/json", strings.NewReader("{}"))
	if err != nil {
		return err
	}
	said, err := io.ReadAll(answer.Body)
	if answer.StatusCode >= http.StatusMultipleChoices {
		err = errors.Join(err, fmt.Errorf("rotate-keys: %s: %s", answer.Status, said))
	}
	return errors.Join(err, answer.Body.Close())
}

func TestNoSignInFailsWhileTheKeysAreRotated(t *testing.T) {
	var keys sync.Map
	var over atomic.Bool
	failure := make(chan error, 1)
	go func() {
		var err error
		for count := 0; count < rotations && err == nil; count++ {
			err = rotate()
		}
		over.Store(true)
		failure <- err
	}()
	// Returns when the parallel ones inside have ended.
	t.Run("load", func(t *testing.T) {
		for library, begin := range map[string]func(*testing.T) signer{"go-oidc": withGoOidc, "zitadel": withZitadel} {
			for number := range applications {
				t.Run(fmt.Sprint(library, number), func(t *testing.T) {
					t.Parallel()
					logIn := begin(t)
					for last := false; !last; {
						// The last one begins after the last rotation.
						last = over.Load()
						token, err := jose.ParseSigned(logIn(t), []jose.SignatureAlgorithm{jose.RS256})
						if err != nil {
							t.Fatal(err)
						}
						keys.Store(token.Signatures[0].Header.KeyID, true)
					}
				})
			}
		}
	})
	if err := <-failure; err != nil {
		t.Fatal(err)
	}
	used := 0
	keys.Range(func(any, any) bool { used++; return true })
	if used <= rotations/2 {
		t.Fatalf("%d keys signed in %d rotations", used, rotations)
	}
}
