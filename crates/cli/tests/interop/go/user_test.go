// The user with a browser: keeps cookies, follows redirects one by one, fills in the forms of sign-in pages. The pages
// are well-formed XML as well as HTML, so the standard library can read them. No script is run.

package clients

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// More pages than this are a loop.
const mostPages = 16

// What a user presses to go on.
var goingOn = []string{"sign-in", "allow", "continue", "sign-out"}

var typed = map[string]string{"username": "alice", "password": "wonderland"}

// A browser with a profile of its own.
type browser struct {
	t *testing.T
	http.Client
}

// The last page that a browser showed.
type page struct {
	address *url.URL
	status  int
	body    string
}

func newBrowser(t *testing.T) *browser {
	jar := must(cookiejar.New(nil))(t)
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &browser{t, http.Client{Jar: jar, CheckRedirect: stay}}
}

// Opens an address, signs in, approves and signs out where that is asked for, up to the address that begins with
// `door`, which is not opened; or up to a page with nothing to press.
func (b *browser) open(address, door string) page {
	b.t.Helper()
	method, form := http.MethodGet, url.Values(nil)
	for range mostPages {
		if strings.HasPrefix(address, door) {
			return page{address: must(url.Parse(address))(b.t)}
		}
		request := must(http.NewRequest(method, address, strings.NewReader(form.Encode())))(b.t)
		if method == http.MethodPost {
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		answer := must(b.Do(request))(b.t)
		body := string(must(io.ReadAll(answer.Body))(b.t))
		answer.Body.Close()
		if location, err := answer.Location(); err == nil {
			method, address, form = http.MethodGet, location.String(), nil
			continue
		}
		here := page{request.URL, answer.StatusCode, body}
		action, filled, ok := here.press(b.t)
		if !ok {
			return here
		}
		method, address, form = http.MethodPost, must(request.URL.Parse(action))(b.t).String(), filled
	}
	b.t.Fatalf("after %d pages there is still another: %s", mostPages, address)
	return page{}
}

type element struct {
	XMLName    xml.Name
	Attributes []xml.Attr `xml:",any,attr"`
	Children   []*element `xml:",any"`
}

// Fills in the page and presses its button: where the form goes, and what it holds. A page of another site, and one that
// says what is wrong, has nothing to press.
func (p page) press(t *testing.T) (string, url.Values, bool) {
	if p.status != http.StatusOK || !strings.HasPrefix(p.address.String(), issuer) {
		return "", nil, false
	}
	root := new(element)
	if err := xml.Unmarshal([]byte(p.body), root); err != nil {
		t.Fatalf("%s: %v", p.address, err)
	}
	all := root.all()
	alert := slices.IndexFunc(all, func(e *element) bool { return e.attribute("role") == "alert" })
	pressed := slices.IndexFunc(all, func(e *element) bool {
		return e.XMLName.Local == "button" && slices.Contains(goingOn, e.attribute("id"))
	})
	if alert >= 0 || pressed < 0 {
		return "", nil, false
	}
	button := all[pressed]
	owner := slices.IndexFunc(all, func(e *element) bool {
		named := button.attribute("form") != "" && e.attribute("id") == button.attribute("form")
		return e.XMLName.Local == "form" && (named || slices.Contains(e.all(), button))
	})
	return all[owner].attribute("action"), all[owner].fill(button), true
}

func (e *element) fill(button *element) url.Values {
	filled := url.Values{}
	for _, input := range e.all() {
		name, value := input.attribute("name"), input.attribute("value")
		if text, ok := typed[name]; ok {
			value = text
		}
		box := input.attribute("type") == "checkbox"
		if input.XMLName.Local == "input" && (!box || input.has("checked")) {
			filled.Add(name, value)
		}
	}
	if name := button.attribute("name"); name != "" {
		filled.Add(name, button.attribute("value"))
	}
	return filled
}

func (e *element) all() []*element {
	all := []*element{e}
	for _, child := range e.Children {
		all = append(all, child.all()...)
	}
	return all
}

func (e *element) has(name string) bool {
	return slices.ContainsFunc(e.Attributes, func(a xml.Attr) bool { return a.Name.Local == name })
}

func (e *element) attribute(name string) string {
	for _, attribute := range e.Attributes {
		if attribute.Name.Local == name {
			return attribute.Value
		}
	}
	return ""
}
