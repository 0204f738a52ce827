// Code pages that the C library has no table for: a page it has, or none, and what differs from it.
// Sources: Epson ESC/POS reference, "Character code tables"; Star Line Mode command specifications, code
// pages; IBM CDRA for 720, 853 and 1098. Written down apart from the service's own tables, so that a mistake
// in one of them shows.
#include "emulators/models/codepage_internal.h"

#include <string.h>

#include "base/utf8.h"

// characters from a byte on; \1 has no meaning
struct span {
	uint8_t first;
	const char *text;
};

static const struct span cp720[] = {
	{0x80, "\1\1"},
	{0x84, "\1"},
	{0x86, "\1"},
	{0x8D, "\1\1\1\1\u0651\u0652"},
	{0x94, "¤ـ"},
	{0x98, "ءآأؤ"},
	{0x9D, "إئابةتثجحخدذرزسشص"},
	{0xE0, "ضطظعغف"},
	{0xE7, "قكلمنهوىي"},
	{0xF1, "\u064b\u064c\u064d\u064e\u064f\u0650"},
	{0},
};

static const struct span cp853[] = {
	{0x86, "ĉ"},
	{0x8F, "Ĉ"},
	{0x91, "ċĊ"},
	{0x98, "İ"},
	{0x9B, "ĝ"},
	{0x9D, "Ĝ×ĵ"},
	{0xA6, "ĞğĤĥ\1"},
	{0xAC, "Ĵş"},
	{0xB5, "ÁÂÀŞ"},
	{0xBD, "Żż"},
	{0xC6, "Ŝŝ"},
	{0xCF, "¤\1\1ÊËÈıÍÎÏ"},
	{0xDD, "\1Ì"},
	{0xE0, "Ó"},
	{0xE2, "ÔÒĠġ"},
	{0xE7, "ĦħÚÛÙŬŭ\1´\u00ad\1ℓŉ˘§"},
	{0xF7, "¸"},
	{0xF9, "¨˙\1³"},
	{0},
};

static const struct span cp1001[] = {
	{0x80, "ءآأؤإﺋابﺑةتﺗثﺛدذرزسﺳﺴشﺷﺸصﺻﺼضﺿﻀطظ"},
	{0xA0, "عﻋغﻏفﻓقﻗكکلﻷﻹﻻ┘مﻣنﻧهﻫوىٹﻳ│،؛؟ﺂﺄﺊ"},
	{0xC1, "جﺟحﺣخﺧﻊﻌﻎﻏﻸﻺﻼﻫﻬ٠ﻰ─\1٠١٢٣٤٥٦٧٨٩\1\1\1"},
	{0xE1, "\1ﻻ\1\1\1\1┴"},
	{0},
};

static const struct span cp1098[] = {
	{0x80, "\1\1،؛؟\u064bآﺂ\1اﺎ\1ءأﺄ\1ؤﺋبﺑﭖﭘتﺗثﺛجﺟﭺﭼ×ح"},
	{0xA0, "ﺣخﺧدذرزﮊسﺳشﺷصﺻ"},
	{0xB5, "ضﺿﻁﻃ"},
	{0xBD, "¤ﻅ"},
	{0xC6, "ﻇع"},
	{0xCF, "\1ﻊﻋﻌغﻎﻏﻐفﻓ"},
	{0xDD, "قﻗ"},
	{0xE0, "ﮎﻛﮒﮔلﻟمﻣنﻧوهﻫﻬﮤﯼ\u00adﯽﯾـ٠١٢٣٤٥٦٧٨٩"},
	{0},
};

static const struct span cp3001[] = {
	{0xD0, "šŠ"},
	{0xE7, "žŽ"},
	{0},
};

static const struct span cp3002[] = {
	{0xA0, "\u00a0"},
	{0xAF, "‾"},
	{0xD0, "Š"},
	{0xDE, "Ž"},
	{0xF0, "š"},
	{0xFE, "ž"},
	{0},
};

static const struct span cp3011[] = {
	{0xB5, "Ā"},
	{0xB7, "ņ"},
	{0xC6, "ā"},
	{0xD0, "Š"},
	{0xD2, "čČ"},
	{0xD6, "ģĪī"},
	{0xDD, "ūŪ"},
	{0xF0, "ĒēĢķĶļĻžŽ"},
	{0xFC, "Ņš"},
	{0},
};

static const struct span cp3012[] = {
	{0xB5, "Ā"},
	{0xB7, "ņ"},
	{0xBD, "Ō"},
	{0xC6, "ā"},
	{0xD0, "Š"},
	{0xD2, "čČ"},
	{0xD6, "ģĪī"},
	{0xDD, "ūŪ"},
	{0xF0, "ĒēĢķĶļĻžŽō"},
	{0xFC, "Ņš"},
	{0},
};

static const struct span cp3021[] = {
	{0xB0, "рстуфхцчшщъыьэюя"},
	{0xC6, "╣║"},
	{0xCF, "┐░▒▓│┤№§╗╝"},
	{0xE0, "αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈"},
	{0xFC, "ⁿ²"},
	{0},
};

static const struct span cp3840[] = {
	{0xF0, "≡±≥≤⌠⌡÷≈"},
	{0xFC, "ⁿ²"},
	{0},
};

static const struct span cp3841[] = {
	{0x80, "ғәёіїјҝөўүӽӈҹҷє£ҒӘЁІЇЈҜӨЎҮӼӇҸҶЄЪ"},
	{0xA0, " !\"#¤%&'()*+,-./0123456789:;<=>?"},
	{0xC0, "юабцдефгхийклмнопярстужвьызшэщчъ"},
	{0xE0, "ЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧ∅"},
	{0},
};

static const struct span cp3843[] = {
	{0x86, "ą"},
	{0x8D, "ć"},
	{0x8F, "ĄĘęł"},
	{0x95, "Ć"},
	{0x98, "Ś"},
	{0x9C, "Ł"},
	{0x9E, "ś"},
	{0xA0, "ŹŻ"},
	{0xA3, "ÓńŃźż"},
	{0},
};

static const struct span cp3844[] = {
	{0x80, "Č"},
	{0x83, "ď"},
	{0x85, "ĎŤčěĚĹÍľĺ"},
	{0x8F, "Á"},
	{0x91, "žŽ"},
	{0x95, "ÓůÚý"},
	{0x9B, "ŠĽÝŘť"},
	{0xA4, "ňŇŮÔšřŕŔ"},
	{0xAD, "§"},
	{0},
};

static const struct span cp3845[] = {
	{0x8D, "Í"},
	{0x8F, "Á"},
	{0x93, "ő"},
	{0x95, "ÓűÚŰ"},
	{0xA7, "Ő"},
	{0},
};

static const struct span cp3846[] = {
	{0x8D, "ı"},
	{0x98, "İ"},
	{0x9E, "Şş"},
	{0xA6, "Ğğ"},
	{0},
};

static const struct span cp3847[] = {
	{0xD7, "\1"},
	{0xF7, "\1"},
	{0},
};

static const struct span cp3848[] = {
	{0xA0, "\u00a0ÀÁÂÃÄÇÈÉÊËÌÍÎÏÑÒÓÔÕÖŒÙÚÛÜŸ¨£¦§°"},
	{0xC0, "¡àáâãäçèéêëìíîïñòóôõöœùúûüÿßªº¿±"},
	{0},
};

static const struct span thai13[] = {
	{0x80, "\1"},
	{0x85, "\1"},
	{0x91, "\1\1\1\1\1\1\1"},
	{0xDB, "ร"},
	{0xDE, "เ"},
	{0xFC, "←↑→↓"},
	{0},
};

static const struct span thai11[] = {
	{0x80, "\1"},
	{0x85, "\1"},
	{0x91, "\1\1\1\1\1\1\1"},
	{0x99, "┌┐└┘│├┤"},
	{0xDB, "─┴┬┼"},
	{0xFB, "\u0e4aโใไ\1"},
	{0},
};

static const struct span thai14[] = {
	{0x80, "┌┐└┘│─├┤┴┬┼█"},
	{0x90, "รา\1ะ\1\1\1\1"},
	{0x9F, "เ"},
	{0xFA, "๛\1"},
	{0xFF, "ไ"},
	{0},
};

static const struct span thai18[] = {
	{0x80, "┌┐└┘│─├┤┴┬┼█←↑→↓รา\1ะ\1\1\1\1"},
	{0x9F, "เ"},
	{0xEE, "ไ"},
	{0xFA, "๛\1"},
	{0xFF, "\1"},
	{0},
};

static const struct span thai16[] = {
	{0x80, "┌┐└┘│─├┤┴┬┼█←↑→↓โใ\1ะ\1\1\1\1"},
	{0x9F, "เ"},
	{0xEE, "ไ"},
	{0xFA, "๛\1"},
	{0xFF, "\1"},
	{0},
};

static const struct span thai42[] = {
	{0x80, "┌┐└┘│─├┤┴┬┼█←↑→↓๐๑๒๓๔๕๖๗๘๙ฃฅราไเ"},
	{0xA3, "คฆงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรฤ"},
	{0xC3, "ลวศษสหฬอฮะฦาำเแโใไๆฯ\u0e38\u0e39\u0e34\u0e35\u0e36\u0e37\u0e4a\u0e4d\u0e47\u0e48"
	       "\u0e49\u0e4a"},
	{0xE3, "\u0e4b\u0e4c\1\1\1\1\1\1ะ\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1"},
	{0xFF, "\u00a0"},
	{0},
};

static const struct span tcvn3[] = {
	{0xA0, "\u00a0ĂÂÊÔƠƯĐăâêôơưđ"},
	{0xB5, "àảãáạ"},
	{0xBB, "ằẳẵắ"},
	{0xC6, "ặầẩẫấậè"},
	{0xCE, "ẻẽéẹềểễếệìỉ"},
	{0xDC, "ĩíịò"},
	{0xE1, "ỏõóọồổỗốộờởỡớợù"},
	{0xF1, "ủũúụừửữứựỳỷỹýỵ"},
	{0},
};

static const struct span tcvn3_capitals[] = {
	{0xA0, "\u00a0ĂÂÊÔƠƯĐĂÂÊÔƠƯĐ"},
	{0xB5, "ÀẢÃÁẠ"},
	{0xBB, "ẰẲẴẮ"},
	{0xC6, "ẶẦẨẪẤẬÈ"},
	{0xCE, "ẺẼÉẸỀỂỄẾỆÌỈ"},
	{0xDC, "ĨÍỊÒ"},
	{0xE1, "ỎÕÓỌỒỔỖỐỘỜỞỠỚỢÙ"},
	{0xF1, "ỦŨÚỤỪỬỮỨỰỲỶỸÝỴ"},
	{0},
};

static const struct span cp928[] = {
	{0xA0, "\u00a0‘’£\1\1¦§¨©\1«¬\u00ad\1―°±²³΄΅Ά·ΈΉΊ»Ό½ΎΏ"},
	{0xC0, "ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ\1ΣΤΥΦΧΨΩΪΫάέήί"},
	{0xE0, "ΰαβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ\1"},
	{0},
};

static const struct span star_874[] = {
	{0x95, "│─┼┌┐└┘├┬┤┴"},
	{0xDB, "\u0e49\u0e4a\u0e4b\u0e4c"},
	{0xFC, "¢¬¦"},
	{0},
};

static const struct span katakana[] = {
	{0x80, "▁▂▃▄▅▆▇█▏▎▍▌▋▊▉┼┴┬┤├▔─│▕┌┐└┘╭╮╰╯"},
	{0xA0, " ｡｢｣､･ｦｧｨｩｪｫｬｭｮｯｰｱｲｳｴｵｶｷｸｹｺｻｼｽｾｿ"},
	{0xC0, "ﾀﾁﾂﾃﾄﾅﾆﾇﾈﾉﾊﾋﾌﾍﾎﾏﾐﾑﾒﾓﾔﾕﾖﾗﾘﾙﾚﾛﾜﾝﾞﾟ"},
	{0xE0, "═╞╪╡◢◣◥◤♠♥♦♣●○╱╲╳円年月日時分秒〒市区町村人▒"},
	{0},
};

static const struct span hiragana[] = {
	{0xA0, " 。「」、・をぁぃぅぇぉゃゅょっーあいうえおかきくけこさしすせそ"},
	{0xC0, "たちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわん゛゜"},
	{0},
};

static const struct page {
	const char *name, *base;
	const struct span *spans;
} pages[] = {
	{"cp720", "CP437", cp720},
	{"cp853", "CP437", cp853},
	{"cp1001", "CP437", cp1001},
	{"cp1098", "CP437", cp1098},
	{"cp3001", "CP850", cp3001},
	{"cp3002", "ISO-8859-1", cp3002},
	{"cp3011", "CP437", cp3011},
	{"cp3012", "CP866", cp3012},
	{"cp3021", "CP866", cp3021},
	{"cp3840", "CP866", cp3840},
	{"cp3841", NULL, cp3841},
	{"cp3843", "CP437", cp3843},
	{"cp3844", "CP437", cp3844},
	{"cp3845", "CP437", cp3845},
	{"cp3846", "CP437", cp3846},
	{"cp3847", "ISO-8859-1", cp3847},
	{"cp3848", NULL, cp3848},
	{"thai13", "CP874", thai13},
	{"thai11", "CP874", thai11},
	{"thai14", "CP874", thai14},
	{"thai18", "CP874", thai18},
	{"thai16", "CP874", thai16},
	{"thai42", "CP874", thai42},
	{"tcvn3", NULL, tcvn3},
	{"tcvn3-capitals", NULL, tcvn3_capitals},
	{"cp928", "CP437", cp928},
	{"star-874", "CP874", star_874},
	{"katakana", NULL, katakana},
	{"hiragana", NULL, hiragana},
};

const char *ph_emu_codepage_extra_base(const char *name)
{
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		if (strcmp(pages[i].name, name) == 0)
			return pages[i].base;
	return name;
}

void ph_emu_codepage_extra(const char *name, uint32_t high[128])
{
	const struct span *s = NULL;
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		if (strcmp(pages[i].name, name) == 0)
			s = pages[i].spans;
	for (; s && s->first; s++) {
		const char *at = s->text, *end = at + strlen(at);
		for (unsigned byte = s->first; at < end && byte <= 0xFF; byte++) {
			uint32_t c;
			int n = ph_utf8_decode(at, (size_t)(end - at), &c);
			if (n < 0)
				return;
			high[byte - 0x80] = c == 1 ? PH_EMU_NO_CHARACTER : c;
			at += n;
		}
	}
}
