package sqlite

import "syscall"

// networkFilesystems are those that statfs(2) names, by their magic numbers.
var networkFilesystems = map[int64]string{
	0x6969:     "NFS",
	0x517b:     "SMB",
	0xff534d42: "CIFS",
	0xfe534d42: "SMB2",
	0x5346414f: "AFS",
	0x00c36400: "Ceph",
	0x01021997: "9P",
	0x0bd00bd0: "Lustre",
	0x564c:     "NCP",
	0x73757245: "Coda",
}

// networkFilesystem returns the name of the network filesystem that a path is on, ""
// if it is on none that is known, or is not there.
func networkFilesystem(path string) string {
	var stat syscall.Statfs_t
	if syscall.Statfs(path, &stat) != nil {
		return ""
	}
	return networkFilesystems[int64(uint32(stat.Type))]
}
