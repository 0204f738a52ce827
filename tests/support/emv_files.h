/* The files a card reader's driver reads when it starts, written for a test or fuzz target: signed parameters and a key to seal with. */
#ifndef PH_TESTS_SUPPORT_EMV_FILES_H
#define PH_TESTS_SUPPORT_EMV_FILES_H

#include "base/base64.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * No key of an authority: nothing is authenticated offline, which sends each sale online. `floor` is the floor limit as digits
 * in quotes.
 */
#define EMV_FILES_PARAMETERS(floor)                                                                \
	"{\"format\":1,\"test\":true,\"terminal\":{\"type\":\"22\",\"capabilities\":\"E0F0C8\","   \
	"\"additional\":\"6000F0A001\",\"country\":528,\"mcc\":5999,\"merchant_id\":\"098765\","   \
	"\"terminal_id\":\"TID12345\",\"serial\":\"12345678\"},\"applications\":[{\"aid\":"        \
	"\"A0000000041010\",\"partial\":true,\"scheme\":\"Mastercard\",\"version\":\"0002\","      \
	"\"tac_denial\":\"0000000000\",\"tac_online\":\"FC50BC2000\",\"tac_default\":"             \
	"\"FC50BC2000\",\"floor_limit\":" floor                                                    \
	",\"currency\":978,\"currency_exponent\":2}],\"keys\":[]}"

struct emv_files {
	char folder[40];
	char parameters[64], signature[72], signer[64], seal[64]; /* paths */
	uint8_t signer_public[32], signer_secret[64];
	uint8_t seal_public[32], seal_secret[32];
};

static inline void emv_files_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	if (!file || fputs(text, file) < 0 || fclose(file) != 0)
		abort();
}

/* A text and its signature, as the reader's files are signed. */
static inline void emv_files_sign_as(const struct emv_files *files, const char *path,
	const char *signature_path, const char *content)
{
	uint8_t signature[64];
	char text[PH_BASE64_SIZE(64)];

	crypto_sign_detached(
		signature, NULL, (const uint8_t *)content, strlen(content), files->signer_secret);
	ph_base64_encode(signature, sizeof signature, text);
	emv_files_write(path, content);
	emv_files_write(signature_path, text);
}

/* The parameters once more, with their signature. */
static inline void emv_files_sign(const struct emv_files *files, const char *parameters)
{
	emv_files_sign_as(files, files->parameters, files->signature, parameters);
}

static inline void emv_files_key(const char *path, const char *kid, const uint8_t key[32])
{
	char text[PH_BASE64_SIZE(32)], file[160];

	ph_base64_encode(key, 32, text);
	snprintf(file, sizeof file, "{\"kid\":\"%s\",\"public_b64\":\"%s\"}", kid, text);
	emv_files_write(path, file);
}

/* A folder with all of them; the key to seal with is "2026-1". */
static inline void emv_files_make(struct emv_files *files, const char *parameters)
{
	snprintf(files->folder, sizeof files->folder, "/tmp/poshal-emv-XXXXXX");
	if (!mkdtemp(files->folder) || sodium_init() < 0)
		abort();
	snprintf(files->parameters, sizeof files->parameters, "%s/emv.json", files->folder);
	snprintf(files->signature, sizeof files->signature, "%s/emv.json.sig", files->folder);
	snprintf(files->signer, sizeof files->signer, "%s/signer.json", files->folder);
	snprintf(files->seal, sizeof files->seal, "%s/acquirer.pub", files->folder);
	crypto_sign_keypair(files->signer_public, files->signer_secret);
	crypto_box_keypair(files->seal_public, files->seal_secret);
	emv_files_sign(files, parameters);
	emv_files_key(files->signer, "signer", files->signer_public);
	emv_files_key(files->seal, "2026-1", files->seal_public);
}

static inline void emv_files_remove(const struct emv_files *files)
{
	unlink(files->parameters);
	unlink(files->signature);
	unlink(files->signer);
	unlink(files->seal);
	rmdir(files->folder);
}

#endif
