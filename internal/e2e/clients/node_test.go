package clients

import (
	"os"
	"os/exec"
	"testing"

	"github.com/humanfeedback/feedbacks/internal/e2e/example"
)

// TestTwilioNode runs node/feedbacks.test.mjs, which drives Twilio's library for
// Node.js. make test installs it.
func TestTwilioNode(t *testing.T) { example.OnEveryStore(t, testTwilioNode) }

func testTwilioNode(t *testing.T, s example.Server) {
	cmd := exec.Command("node", "--test", "feedbacks.test.mjs")
	cmd.Dir = "node"
	cmd.Env = append(os.Environ(), "FEEDBACKS_URL="+s.URL, "FEEDBACKS_ACCOUNT="+s.Account, "FEEDBACKS_TOKEN="+s.Token)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v (if a module is missing: run make test, which installs it)\n%s", err, out)
	}
	t.Logf("%s", out)
}
