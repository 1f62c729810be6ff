/*
** Files: reading, mapping, and replacing as a whole.
**
** Functions that return int return 0 or an errno value. Descriptors are never inherited by a child process, calls that
** a signal interrupts are taken up again, and nothing here waits for a partner: a FIFO without one is an error.
*/
#ifndef TI_BASE_FILE_H
#define TI_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ti_file {
  int fd;
  uint64_t size;          /* bytes, when it was opened */
  uint64_t device, inode; /* which file it is */
} ti_file;

/* open(2), taken up again when it was interrupted; never inherited, nor a terminal of the process. */
int ti_file_descriptor(const char *path, int flags, unsigned mode);
enum { TI_FILE_TRANSFER = 1 << 30 }; /* bytes at most a call; some systems refuse more than INT_MAX */

/* Opens an existing regular file to be read, and to be mapped writable if 'writable'. EISDIR for a directory, ESPIPE
   for anything else that has no contents of a known size (a FIFO, a device). */
int ti_file_open(ti_file *out, const char *path, bool writable);
void ti_file_close(ti_file *f);
/* Reads up to n bytes from 'offset' on; fewer than n in '*got' only at the end of the file. */
int ti_file_read(const ti_file *f, uint64_t offset, void *buffer, size_t n, size_t *got);

typedef enum ti_map_mode { TI_MAP_READ, TI_MAP_WRITE, TI_MAP_COPY } ti_map_mode; /* COPY: writes stay private */

/* Maps the first n bytes (not 0) of a file, which may be closed afterwards; '*out' is page-aligned. */
int ti_file_map(void **out, const ti_file *f, size_t n, ti_map_mode mode);
void ti_file_unmap(void *base, size_t n);

/*
** A new content for a path: written beside it and put in its place by ti_replace_end, at once and completely or not at
** all. What is there keeps its mode (and owner, where the system lets us); a new file gets 0666 less the umask. A
** symbolic link stays one, and what it leads to is replaced. What is no regular file (a device, a FIFO that has a
** reader) is written in place. A file is on the disk before it has its name, and the name when ti_replace_end returns.
** What somebody who was killed left beside it is removed.
*/
enum { TI_PATH_SIZE = 4096 };

typedef struct ti_replace {
  int fd;
  bool in_place;           /* no temporary file */
  char path[TI_PATH_SIZE]; /* links resolved */
  char temp[TI_PATH_SIZE];
} ti_replace;

/* Asks for the permission to write the existing file, too, though replacing it would need none. After 0 it wants
   ti_replace_end. */
int ti_replace_begin(ti_replace *r, const char *path);
/* Writes all n bytes. A FIFO whose reader left gives EPIPE, a file that may not be as long EFBIG, and neither a
   signal. */
int ti_replace_write(ti_replace *r, const void *data, size_t n);
/* Completes the replacement if 'failure' is 0, else removes every trace of it. Returns the first error, 'failure'
   itself if it was none of this function's. */
int ti_replace_end(ti_replace *r, int failure);

#endif
