package bench

import (
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	rounds = flag.Int("rounds", 0, "how often each measurement is taken; 0 takes each once and briefly, to see that it works")
	only   = flag.String("only", "", "the measurements to take, as a regular `expression`")
	large  = flag.Bool("large", false, "with growth: stores of up to ten million records; and with snapshots that are held")
	held   = flag.Duration("held", 10*time.Minute, "for how `long` a snapshot is held under load")
)

// span is how long a contender runs in a round.
func span() time.Duration {
	if *rounds == 0 {
		return 20 * time.Millisecond
	}
	return 2 * time.Second
}

// Figures are what a contender reached, by unit.
type figures map[string]float64

// A contender is one of those who are measured side by side.
type contender struct {
	name string
	run  func(tb testing.TB, d time.Duration) figures // for about d, where it matters
}

// A measurement has contenders take turns, round after round.
type measurement struct {
	name  string
	open  func(tb testing.TB) []contender // and closes by tb.Cleanup
	rows  []row
	large bool // only with -large
}

// A row is one line of the table: how the contender "of" stands against another in
// a unit, or by itself.
type row struct {
	unit        string
	of, against string
	atMost      bool // the lower the better
	reach, aim  float64
}

// take runs all contenders for as many rounds as asked for, in another order each
// time, and returns the lines of the table.
func (m measurement) take(t *testing.T) (lines []string) {
	contenders := m.open(t)
	taken := map[string][]figures{}
	for round := range max(1, *rounds) {
		if round == 0 && *rounds > 0 {
			for _, c := range contenders { // warm up
				c.run(t, span()/4)
			}
		}
		for i := range contenders {
			c := contenders[(i+round)%len(contenders)]
			taken[c.name] = append(taken[c.name], c.run(t, span()))
		}
	}
	for _, r := range m.rows {
		lines = append(lines, r.line(m.name, taken))
	}
	return lines
}

func (r row) line(name string, taken map[string][]figures) string {
	var own, others, ratios []float64
	for round, f := range taken[r.of] {
		own = append(own, f[r.unit])
		if r.against != "" {
			other := taken[r.against][round][r.unit]
			others, ratios = append(others, other), append(ratios, f[r.unit]/other)
		}
	}
	value, other, ratio := median(own), "", ""
	judged := value
	if r.against != "" {
		judged = median(ratios)
		other, ratio = fmt.Sprintf("%s %s", number(median(others)), r.against), fmt.Sprintf("**%.2f**", judged)
	}
	sign, met := "≥", judged >= r.reach
	if r.atMost {
		sign, met = "≤", judged <= r.reach
	}
	verdict := "missed"
	if met {
		verdict = "met"
	}
	aim := ""
	if r.aim > 0 {
		aim = number(r.aim)
	}
	return fmt.Sprintf("| %s | %s | %s %s | %s | %s | %s %s %s | %s |", name, r.unit, number(value), r.of, other, ratio, sign, number(r.reach), verdict, aim)
}

func number(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.3f", v), "0"), ".")
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	v = slices.Sorted(slices.Values(v))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// TestTable takes all measurements and prints them as a table in Markdown. Without
// -rounds it sees that they work.
func TestTable(t *testing.T) {
	wanted := regexp.MustCompile(*only)
	var lines []string
	for _, m := range slices.Concat(inProcess, loopback, onSQLite, onPostgres, onRedis, []measurement{sizes}, manyTags, statistics, growth) {
		if !wanted.MatchString(m.name) || m.large && !*large && *rounds > 0 {
			continue
		}
		t.Run(m.name, func(t *testing.T) { lines = append(lines, m.take(t)...) })
	}
	if *rounds == 0 {
		return
	}
	fmt.Printf("\n%s, %s, medians of %d rounds:\n\n| measured | unit | ours | against | ratio | reach | aim |\n|---|---|---|---|---|---|---|\n%s\n",
		time.Now().Format(time.DateOnly), machine(), *rounds, strings.Join(lines, "\n"))
}

// machine says what this ran on.
func machine() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	model := regexp.MustCompile(`model name\s*: (.*)`).FindSubmatch(info)
	if model == nil {
		return "unknown processor"
	}
	version, _ := exec.Command("go", "env", "GOVERSION").Output()
	return fmt.Sprintf("%d × %s, %s", strings.Count(string(info), "\nprocessor")+1, model[1], strings.TrimSpace(string(version)))
}
