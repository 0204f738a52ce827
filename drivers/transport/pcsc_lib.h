/*
 * libpcsclite as a table, so that only processes with a card reader load it and tests put a reader of their own in its place.
 * Members are the functions of the same name of PC/SC.
 */
#ifndef PH_DRIVERS_TRANSPORT_PCSC_LIB_H
#define PH_DRIVERS_TRANSPORT_PCSC_LIB_H

#include <stddef.h>
#include <winscard.h>

struct ph_pcsc_lib {
	LONG(*EstablishContext)
	(DWORD scope, LPCVOID reserved1, LPCVOID reserved2, LPSCARDCONTEXT context);
	LONG (*ReleaseContext)(SCARDCONTEXT context);
	LONG (*ListReaders)(SCARDCONTEXT context, LPCSTR groups, LPSTR readers, LPDWORD size);
	LONG(*GetStatusChange)
	(SCARDCONTEXT context, DWORD timeout_ms, SCARD_READERSTATE *states, DWORD count);
	LONG (*Cancel)(SCARDCONTEXT context);
	LONG(*Connect)
	(SCARDCONTEXT context, LPCSTR reader, DWORD share, DWORD protocols, LPSCARDHANDLE card,
		LPDWORD protocol);
	LONG(*Reconnect)
	(SCARDHANDLE card, DWORD share, DWORD protocols, DWORD initialization, LPDWORD protocol);
	LONG (*Disconnect)(SCARDHANDLE card, DWORD disposition);
	LONG(*Status)
	(SCARDHANDLE card, LPSTR reader, LPDWORD reader_size, LPDWORD state, LPDWORD protocol,
		LPBYTE atr, LPDWORD atr_size);
	LONG (*GetAttrib)(SCARDHANDLE card, DWORD id, LPBYTE value, LPDWORD len);
	LONG(*Transmit)
	(SCARDHANDLE card, const SCARD_IO_REQUEST *send_pci, LPCBYTE data, DWORD len,
		SCARD_IO_REQUEST *recv_pci, LPBYTE answer, LPDWORD answer_size);
	LONG(*Control)
	(SCARDHANDLE card, DWORD code, LPCVOID data, DWORD len, LPVOID answer, DWORD size,
		LPDWORD ret_len);
};

/* Loads the library at the first call; NULL with the reason in why[] when it is not installed. */
const struct ph_pcsc_lib *ph_pcsc_lib_load(char *why, size_t why_size);

#endif
