//go:build linux

package sqlite_test

import (
	"errors"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/humanfeedback/feedbacks/store"
	"github.com/humanfeedback/feedbacks/store/sqlite"
)

// A disk is a filesystem in a file, of its own.
type disk struct {
	t          *testing.T
	image, dir string
}

// newDisk mounts one.
func newDisk(t *testing.T) *disk {
	t.Helper()
	d := &disk{t, filepath.Join(t.TempDir(), "image"), t.TempDir()}
	if err := os.WriteFile(d.image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(d.image, 16<<20); err != nil {
		t.Fatal(err)
	}
	for _, argv := range [][]string{{"mkfs.ext4", "-q", d.image}, d.mounting()} {
		if out, err := osexec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
			t.Skipf("only root may mount a filesystem in a file, where the system can: %v %s", err, out)
		}
	}
	t.Cleanup(func() { syscall.Unmount(d.dir, 0) })
	return d
}

func (d *disk) mounting() []string {
	return []string{"mount", "-o", "loop,errors=remount-ro", d.image, d.dir}
}

func (d *disk) run(command ...string) string {
	d.t.Helper()
	out, err := osexec.Command(command[0], command[1:]...).CombinedOutput()
	if err != nil {
		d.t.Fatalf("%v: %v %s", command, err, out)
	}
	return strings.TrimSpace(string(out))
}

// fail has the filesystem find an error in itself, upon which it is read-only until it
// is mounted again, though files are open for writing.
func (d *disk) fail() {
	d.t.Helper()
	device := filepath.Base(d.run("findmnt", "-no", "SOURCE", d.dir))
	if err := os.WriteFile("/sys/fs/ext4/"+device+"/trigger_fs_error", []byte("1"), 0); err != nil {
		d.t.Fatal(err)
	}
}

// A file that cannot be written to any more, while it is open, is 503s for writes,
// reads go on, and nothing is damaged. Writing resumes as soon as it can.
func TestAFileThatTurnsReadOnlyIsUnavailable(t *testing.T) {
	disk := newDisk(t)
	path := filepath.Join(disk.dir, "feedbacks.db")
	st := open(t, path, nil)
	var kept []store.Feedback
	keep := func() {
		t.Helper()
		for range 10 {
			kept = append(kept, create(t, st, record("kept")))
		}
	}
	refuses := func(when string) {
		t.Helper()
		for range 10 {
			if _, err := st.Create(t.Context(), record("not kept")); !errors.Is(err, store.ErrUnavailable) {
				t.Fatalf("%s: %v, want ErrUnavailable", when, err)
			}
		}
		holds(t, st, kept, when)
	}
	keep()
	disk.run("chattr", "+i", path, path+"-wal")
	refuses("with files that nobody may change")
	disk.run("chattr", "-i", path, path+"-wal")
	keep()
	holds(t, st, kept, "when they may be changed")

	disk.fail()
	refuses("on a filesystem that has turned read-only")
	st.Close() // it may say that it could not bring all into the file
	disk.run("umount", disk.dir)
	disk.run(disk.mounting()...)
	st = open(t, path, &sqlite.Options{})
	holds(t, st, kept, "after it was mounted again")
	keep()
	holds(t, st, kept, "after it was mounted again and written to")
	intact(t, path, st)
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}
