// Starts `countersign dev` for the suite, on free ports and with data of its own, and stops it; registers clients.

package clients

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
)

// More tries than this say that something else is wrong.
const tries = 100

// Nobody listens there: the user stops at the door and hands over the address.
const redirectURI = "http://127.0.0.1:9/callback"

// The running system, which all tests share.
var issuer, api string

func TestMain(m *testing.M) {
	code, err := withSystem(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// Runs the tests while the system runs, and says if it ended in another way than it was told to.
func withSystem(tests func() int) (int, error) {
	program := os.Getenv("COUNTERSIGN_BIN")
	if program == "" {
		return 1, errors.New("COUNTERSIGN_BIN must name the program; `cargo xtask test` sets it")
	}
	base, err := freePorts()
	if err != nil {
		return 1, err
	}
	data, err := os.MkdirTemp("", "countersign-")
	if err != nil {
		return 1, err
	}
	defer os.RemoveAll(data)
	var log bytes.Buffer
	system := exec.Command(program, "dev", "--port", fmt.Sprint(base), "--data", data)
	system.Stderr = &log
	out, err := system.StdoutPipe()
	if err != nil {
		return 1, err
	}
	if err := system.Start(); err != nil {
		return 1, err
	}
	lines := bufio.NewScanner(out)
	up := false
	for !up && lines.Scan() {
		up = strings.Contains(lines.Text(), "Ctrl-C")
	}
	if !up {
		return 1, fmt.Errorf("countersign dev: %w\n%s", system.Wait(), log.String())
	}
	issuer, api = fmt.Sprintf("http://localhost:%d", base), fmt.Sprintf("http://localhost:%d", base+3)
	code := tests()
	if err := system.Process.Signal(syscall.SIGTERM); err != nil {
		return 1, err
	}
	if _, err := io.Copy(io.Discard, out); err != nil {
		return 1, err
	}
	if err := system.Wait(); err != nil {
		return 1, fmt.Errorf("countersign dev: %w\n%s", err, log.String())
	}
	return code, nil
}

// The first of four free ports in a row.
func freePorts() (int, error) {
	for range tries {
		base := 20_000 + rand.IntN(30_000)
		free := 0
		for free < 4 && isFree(base+free) {
			free++
		}
		if free == 4 {
			return base, nil
		}
	}
	return 0, fmt.Errorf("no four free ports in a row after %d tries", tries)
}

func isFree(port int) bool {
	probe, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	return err == nil && probe.Close() == nil
}

// What a client says about itself when it registers.
type metadata map[string]any

type registered struct {
	ID     string `json:"client_id"`
	Secret string `json:"client_secret"`
}

// Registers a client that authenticates like that; `extra` goes over what is usual.
func register(t *testing.T, method string, extra metadata) registered {
	t.Helper()
	wanted := metadata{
		"client_name":                "A client in Go",
		"redirect_uris":              []string{redirectURI},
		"grant_types":                []string{"authorization_code", "refresh_token"},
		"token_endpoint_auth_method": method,
	}
	for name, value := range extra {
		wanted[name] = value
	}
	body := must(json.Marshal(wanted))(t)
	answer := must(http.Post(issuer+"/register", "application/json", bytes.NewReader(body)))(t)
	defer answer.Body.Close()
	said := must(io.ReadAll(answer.Body))(t)
	if answer.StatusCode != http.StatusCreated {
		t.Fatalf("registration: %s: %s", answer.Status, said)
	}
	var client registered
	if err := json.Unmarshal(said, &client); err != nil {
		t.Fatal(err)
	}
	return client
}

// The value, or the end of the test that asks for it: `must(f())(t)`. A panic would leave the system running.
func must[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}
