package faults

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"
)

// A proxy is what connections to a server go through, and what disturbs them.
type proxy struct {
	*toxiproxy.Proxy
	t *testing.T
}

func startProxy(t *testing.T, upstream string) *proxy {
	t.Helper()
	api := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	listener := listen(t)
	p := &proxy{toxiproxy.NewProxy(api, "store", listener.Addr().String(), upstream), t}
	listener.Close() // the proxy listens itself
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Stop)
	return p
}

// A toxic is a disturbance, in the terms of toxiproxy: of what the server sends,
// unless upstream is set.
type toxic struct {
	kind       string
	upstream   bool
	toxicity   float64 // the part of the connections; 0 is all
	attributes map[string]any
	lasts      time.Duration // 0 is half a deadline
}

// add starts a disturbance, and returns what ends it.
func (p *proxy) add(x toxic) (remove func()) {
	stream, toxicity := "downstream", x.toxicity
	if x.upstream {
		stream = "upstream"
	}
	if toxicity == 0 {
		toxicity = 1
	}
	data, err := json.Marshal(map[string]any{"type": x.kind, "stream": stream, "toxicity": toxicity, "attributes": x.attributes})
	if err != nil {
		p.t.Error(err)
	}
	added, err := p.Toxics.AddToxicJson(strings.NewReader(string(data)))
	if err != nil {
		p.t.Errorf("%s: %v", data, err)
		return func() {}
	}
	return func() {
		if err := p.Toxics.RemoveToxic(p.t.Context(), added.Name); err != nil {
			p.t.Error(err)
		}
	}
}

// down refuses connections and cuts those that there are, until up.
func (p *proxy) down() { p.Stop() }

func (p *proxy) up() {
	if err := p.Start(); err != nil {
		p.t.Error(err)
	}
}

// toxics are the disturbances by their names. Half-open connections pass nothing
// on, and are not closed, for longer than any deadline.
var toxics = map[string]toxic{
	"latency":           {kind: "latency", attributes: map[string]any{"latency": 100, "jitter": 90}},
	"long latency":      {kind: "latency", attributes: map[string]any{"latency": 1500, "jitter": 500}, lasts: 2 * deadline},
	"slow sending":      {kind: "latency", upstream: true, attributes: map[string]any{"latency": 700, "jitter": 300}, lasts: deadline},
	"reset":             {kind: "reset_peer", attributes: map[string]any{"timeout": 20}},
	"reset of some":     {kind: "reset_peer", upstream: true, toxicity: 0.5, attributes: map[string]any{"timeout": 0}},
	"timeout":           {kind: "timeout", attributes: map[string]any{"timeout": 300}},
	"half-open":         {kind: "timeout", attributes: map[string]any{"timeout": 0}, lasts: 3 * deadline},
	"half-open, to it":  {kind: "timeout", upstream: true, attributes: map[string]any{"timeout": 0}, lasts: 3 * deadline},
	"half-open, some":   {kind: "timeout", toxicity: 0.5, attributes: map[string]any{"timeout": 0}, lasts: 3 * deadline},
	"slow close":        {kind: "slow_close", attributes: map[string]any{"delay": 500}},
	"limited data":      {kind: "limit_data", attributes: map[string]any{"bytes": 2000}},
	"limited data sent": {kind: "limit_data", upstream: true, attributes: map[string]any{"bytes": 3000}},
	"slices":            {kind: "slicer", attributes: map[string]any{"average_size": 16, "size_variation": 8, "delay": 100}},
}

// troubles are all that the proxy can do, each for a while.
func (p *proxy) troubles() []trouble {
	all := []trouble{{"down", func() { p.down(); time.Sleep(deadline / 4); p.up() }}} // how long it is down
	for _, name := range slices.Sorted(maps.Keys(toxics)) {
		all = append(all, trouble{name, func() {
			remove := p.add(toxics[name])
			time.Sleep(cmp.Or(toxics[name].lasts, deadline/2))
			remove()
		}})
	}
	return all
}

// listen listens on a free port, below those which the operating system gives to
// clients and above those of internal/testserver.
func listen(t *testing.T) net.Listener {
	t.Helper()
	for range 100 {
		if l, err := net.Listen("tcp", fmt.Sprint("127.0.0.1:", 30_000+rand.IntN(2_768))); err == nil {
			return l
		}
	}
	t.Fatal("no free port")
	return nil
}
