// Reads identifiers in front of labels; which ones a scanner sends is what the owner of the driver has configured.
#include "drivers/scanner/label.h"

#include "protocols/symbology/symbology.h"

#include <string.h>

#define AIM_LEN 3

const char *const ph_label_id_words[] = {
	"no", "aim", "honeywell", "datalogic-us", "datalogic-eu", NULL};

enum ph_label_id ph_label_id_parse(const char *word)
{
	int i = 0;

	while (ph_label_id_words[i] && strcmp(ph_label_id_words[i], word) != 0)
		i++;
	return ph_label_id_words[i] ? (enum ph_label_id)i : PH_LABEL_ID_NONE;
}

/* The symbology of the identifier and its length, or NULL. */
static const struct ph_symbology *find(
	enum ph_label_id id, const struct ph_scan *scan, size_t *ret_len, int *ret_upos)
{
	const size_t len = scan->label_len;

	switch (id) {
	case PH_LABEL_ID_NONE:
		return NULL;
	case PH_LABEL_ID_AIM:
		*ret_len = AIM_LEN;
		return len > AIM_LEN ? ph_symbology_by_aim(scan->label, len - AIM_LEN, ret_upos)
				     : NULL;
	case PH_LABEL_ID_HONEYWELL:
		*ret_len = 1;
		return len ? ph_symbology_by_hhp(scan->label[0], NULL, len - 1, ret_upos) : NULL;
	case PH_LABEL_ID_DATALOGIC_US:
		return ph_symbology_by_datalogic(
			PH_DATALOGIC_US, scan->label, len, ret_len, ret_upos);
	case PH_LABEL_ID_DATALOGIC_EU:
		return ph_symbology_by_datalogic(
			PH_DATALOGIC_EU, scan->label, len, ret_len, ret_upos);
	}
	return NULL;
}

bool ph_label_identify(enum ph_label_id id, struct ph_scan *scan, char aim[4])
{
	size_t len = 0;
	int upos = PH_UPOS_UNKNOWN;
	const struct ph_symbology *row = find(id, scan, &len, &upos);

	if (row) {
		/* what is called other by its identifier may be known better by the protocol */
		if (upos != PH_UPOS_OTHER || !scan->symbology) {
			scan->symbology = row->name;
			scan->upos_type = upos;
		}
		if (id == PH_LABEL_ID_AIM) {
			memcpy(aim, scan->label, AIM_LEN);
			aim[AIM_LEN] = '\0';
			scan->aim = aim;
		}
		scan->label += len;
		scan->label_len -= len;
	}
	if (!scan->symbology)
		scan->symbology = ph_symbology_unknown.name;
	return scan->label_len > 0;
}
