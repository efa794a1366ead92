package testserver

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports lie below those which the operating system gives to clients, and so do
// the ports of Redis clusters' buses, which are 10,000 higher.
const (
	firstPort = 10_000
	busOffset = 10_000
	blockSize = 64
	blocks    = busOffset / blockSize
)

// ports are the ports of this process, in blocks. To listen on the first port
// of a block is to own the block.
var ports struct {
	sync.Mutex
	locks []net.Listener
	free  []int // given out from the front
}

// takePort returns a port that nobody listens on and that no other test process
// will take until it is given back.
func takePort() (int, error) {
	ports.Lock()
	defer ports.Unlock()
	for {
		for len(ports.free) > 0 {
			port := ports.free[0]
			ports.free = ports.free[1:]
			if unused(port) && unused(port+busOffset) {
				return port, nil
			}
		}
		if err := takeBlock(); err != nil {
			return 0, err
		}
	}
}

func givePort(port int) {
	ports.Lock()
	defer ports.Unlock()
	ports.free = append(ports.free, port)
}

func takeBlock() error {
	for _, block := range rand.Perm(blocks) {
		first := firstPort + block*blockSize
		lock, err := net.Listen("tcp", address(first))
		if err != nil {
			continue
		}
		ports.locks = append(ports.locks, lock)
		for port := first + 1; port < first+blockSize; port++ {
			ports.free = append(ports.free, port)
		}
		return nil
	}
	return errors.New("no free ports")
}

func unused(port int) bool {
	l, err := net.Listen("tcp", address(port))
	if err != nil {
		return false
	}
	return l.Close() == nil
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
