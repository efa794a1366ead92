package main

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"strconv"
	"time"

	"github.com/humanfeedback/feedbacks/handler"
	"github.com/humanfeedback/feedbacks/internal/answer"
)

// A config is how the server is set up: by flags, and by the environment for
// what has no flag.
type config struct {
	addr    string
	store   backend
	baseURL string
	keep    time.Duration // 0 is for ever

	account, token string
	secondary      string // another token of the account's, while one takes the other's place
	generated      bool   // account and token are the example's own: nobody chose them

	tokens      *handler.Tokens
	allowDelete bool
	simulator   audience
	newLog      func(io.Writer) *slog.Logger
	assistant   assistant // who answers there
}

// configure reads the flags and the environment. Usage goes to stdout.
func configure(args []string, getenv func(string) string, stdout io.Writer) (config, error) {
	var cfg config
	flags := flag.NewFlagSet("example", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // an error is reported once, by run
	flags.StringVar(&cfg.addr, "addr", cmp.Or(getenv("FEEDBACKS_ADDR"), "127.0.0.1:8080"), "`address` to listen on (FEEDBACKS_ADDR)")
	store := flags.String("store", cmp.Or(getenv("FEEDBACKS_STORE"), defaultStore), "where feedback is kept: sqlite:FILE, memory, or a `URL`\npostgres://user:password@host:port/database,\nredis://user:password@host:port (rediss:// for TLS; addr=host:port for each\nfurther node of a cluster, or sentinel with master_name=) (FEEDBACKS_STORE)")
	flags.StringVar(&cfg.baseURL, "base-url", getenv("FEEDBACKS_BASE_URL"), "public `URL` that links start with, if not that of each request (FEEDBACKS_BASE_URL)")
	retention := flags.String("retention", getenv("FEEDBACKS_RETENTION"), "erase what is older than this `age`, at start and then once an hour:\ndays like 90d, or a duration like 36h; by default nothing (FEEDBACKS_RETENTION)")
	flags.BoolVar(&cfg.allowDelete, "allow-delete", false, "let people delete records, and a person's records, in the console")
	var simulator *bool
	flags.BoolFunc("simulator", "serve the Simulator at / to those who sign in, as for the console; by default\nto this machine alone, and only where the credentials are the server's own", func(s string) error {
		on, err := strconv.ParseBool(s)
		simulator = &on
		return err
	})
	assistantURL := flags.String("assistant-url", "", "OpenAI-compatible `URL` of the Simulator's assistant, like https://host/v1;\nits key is OPENAI_API_KEY; by default one that answers offline")
	model := flags.String("assistant-model", "", "`model` to ask there")
	flags.Usage = func() {
		fmt.Fprint(stdout, "Usage: example [flags]\n       example export|import|backup -h\n       example version|healthcheck\n\nServes the Feedbacks API. Credentials come from TWILIO_ACCOUNT_SID and\nTWILIO_AUTH_TOKEN; without them the server makes its own and prints them. With\n-store sqlite:FILE it keeps these, and its token keys, in FILE.secrets.\nTWILIO_SECONDARY_AUTH_TOKEN is accepted too. FEEDBACKS_LOG is text, json or off.\nSeveral servers need the same FEEDBACKS_TOKEN_KEYS for browsers' tokens, like\nid:base64,id2:base64, each of `openssl rand -base64 32`.\n\n")
		flags.SetOutput(stdout)
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return cfg, err
	}
	if flags.NArg() > 0 {
		return cfg, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if _, _, err := net.SplitHostPort(cfg.addr); err != nil {
		return cfg, fmt.Errorf("-addr must be like 127.0.0.1:8080, got %q", cfg.addr)
	}
	if cfg.baseURL != "" {
		if _, _, ok := answer.BaseURL(cfg.baseURL); !ok {
			return cfg, fmt.Errorf("-base-url must be like https://example.com/prefix, got %q", cfg.baseURL)
		}
	}
	var err error
	if cfg.keep, err = parseRetention(*retention); err != nil {
		return cfg, err
	}
	if cfg.store, err = newBackend(*store); err != nil {
		return cfg, err
	}
	if cfg.assistant, err = newAssistant(*assistantURL, *model, getenv("OPENAI_API_KEY")); err != nil {
		return cfg, err
	}
	if err := cfg.credentials(getenv); err != nil {
		return cfg, err
	}
	if cfg.newLog, err = parseLog(getenv("FEEDBACKS_LOG")); err != nil {
		return cfg, err
	}
	if cfg.simulator = audienceOf(simulator, cfg.generated); cfg.simulator == nobody && *assistantURL != "" {
		return cfg, errors.New("-assistant-url is for the Simulator, which needs -simulator here")
	}
	return cfg, cfg.ownSecrets() // last: nothing is left behind by a mistake
}

// credentials takes the names in the guide's curl, and the keys of browsers' tokens,
// from the environment.
func (cfg *config) credentials(getenv func(string) string) (err error) {
	cfg.account, cfg.token = getenv("TWILIO_ACCOUNT_SID"), getenv("TWILIO_AUTH_TOKEN")
	cfg.secondary = getenv("TWILIO_SECONDARY_AUTH_TOKEN")
	if cfg.secondary != "" && cfg.token == "" {
		return errors.New("TWILIO_SECONDARY_AUTH_TOKEN is set, but TWILIO_AUTH_TOKEN is not")
	}
	if cfg.account == "" && cfg.token != "" {
		return errors.New("TWILIO_AUTH_TOKEN is set, but TWILIO_ACCOUNT_SID is not")
	}
	if cfg.account != "" && cfg.token == "" {
		return errors.New("TWILIO_ACCOUNT_SID is set, but TWILIO_AUTH_TOKEN is not")
	}
	cfg.generated = cfg.account == ""
	if keys := getenv("FEEDBACKS_TOKEN_KEYS"); keys != "" {
		cfg.tokens, err = newTokens(keys)
	}
	return err
}

// ownSecrets makes what is not in the environment: for this run, or once for all of
// the file that the records are in.
func (cfg *config) ownSecrets() (err error) {
	if !cfg.generated && cfg.tokens != nil {
		return nil
	}
	own := newSecrets()
	if cfg.store.path != "" {
		if own, err = remembered(cfg.store.path + ".secrets"); err != nil {
			return err
		}
	}
	if cfg.generated {
		cfg.account, cfg.token = own.Account, own.Token
	}
	if cfg.tokens == nil {
		cfg.tokens, err = newTokens(own.TokenKeys)
	}
	return err
}

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b) // never fails (crypto/rand)
	return hex.EncodeToString(b)
}

// greet prints what to do next: the guide's commands, ready to paste, and what to
// open in a browser.
func (cfg config) greet(w io.Writer, addr net.Addr) {
	host, port, _ := net.SplitHostPort(addr.String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	account, token := "$TWILIO_ACCOUNT_SID", "$TWILIO_AUTH_TOKEN" // no secret of the host's on a screen
	if cfg.generated {
		account, token = cfg.account, cfg.token
	}
	root := "http://" + net.JoinHostPort(host, port) + "/"
	u, user := root+"v1/Assistants/"+demoAssistant+"/Feedbacks", account+":"+token
	fmt.Fprintf(w, `Feedbacks is listening on %s, with its records in: %s

Give feedback:
  curl -X POST -H 'Content-Type:application/json' %s -d '{"session_id":"demo", "score": 1, "text": "problem resolved" }' -u %s

View it:
  curl %s -u %s

Or in a browser:
`, addr, cfg.store.name, u, user, u, user)
	signIn := "sign in"
	if cfg.simulator == signedIn {
		signIn = "sign in to both"
	}
	if cfg.simulator == signedIn || cfg.simulator == thisMachine && isLoopback(host) {
		fmt.Fprintf(w, "  Simulator: %s\n", root)
	}
	fmt.Fprintf(w, "  console:   %sconsole/\n             %s with %s and %s\n\n", root, signIn, account, token)
}
