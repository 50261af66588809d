// A stand-in for NVRTC: compiles kernels for the host with g++. Its machine code is a library for driver.cpp to load.
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "queue.h"

struct Program { std::string source, log, code; };

static std::string scratch = "/tmp";

// The folder in which programs are compiled.
extern "C" __attribute__((visibility("default"))) void standin_scratch(const char* folder) { scratch = folder; }

static std::string contents(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

static size_t name_end(const std::string& text, size_t at) {
    while (at < text.size() && (isalnum((unsigned char) text[at]) || text[at] == '_')) at++;
    return at;
}

// The parameters of a kernel, "const float* __restrict__ w, int n", as types: "const float* __restrict__", "int".
static std::vector<std::string> types_of(const std::string& parameters) {
    std::vector<std::string> types;
    for (size_t from = 0; from < parameters.size();) {
        size_t end = std::min(parameters.find(',', from), parameters.size());
        size_t name = end;
        while (name > from && (isalnum((unsigned char) parameters[name - 1]) || parameters[name - 1] == '_')) name--;
        types.push_back(parameters.substr(from, name - from));
        from = end + 1;
    }
    return types;
}

// What makes kernels callable by name, with arguments as a launch passes them. A kernel is KERNEL(threads) name(...).
static std::string doors(const std::string& source) {
    std::string out = "\n#include \"module.h\"\nextern \"C\" int standin_has(const char* name) { return 0";
    std::string binds = "; }\nextern \"C\" void* standin_bind(const char* name, void** p) {\n";
    for (size_t at = 0; (at = source.find("\nKERNEL(", at)) != std::string::npos; at++) {
        size_t from = source.find_first_not_of(" ", source.find(')', at) + 1), open = name_end(source, from);
        std::string name = source.substr(from, open - from), copies, passed;
        auto types = types_of(source.substr(open + 1, source.find(')', open) - open - 1));
        for (size_t i = 0; i < types.size(); i++) {
            std::string a = (i ? ", a" : "a") + std::to_string(i);
            copies += a + " = *(" + types[i] + "*) p[" + std::to_string(i) + "]";
            passed += a;
        }
        out += " || !strcmp(name, \"" + name + "\")";
        binds += "if (!strcmp(name, \"" + name + "\")) return new Bound([" + copies + "] { " + name + "(" + passed + "); });\n";
    }
    return out + binds + "return nullptr; }\n";
}

// -DNAME=NUMBER and nothing else: it becomes part of a command.
static bool is_macro(const std::string& option) {
    if (option.rfind("-D", 0) != 0) return false;
    size_t equals = name_end(option, 2);
    return equals > 2 && option[equals] == '=' && option.size() > equals + 1 &&
           option.find_first_not_of("0123456789", equals + 1) == std::string::npos;
}

API nvrtcVersion(int* major, int* minor) { *major = 13; *minor = 0; return 0; }
API nvrtcCreateProgram(Program** p, const char* source, const char*, int, const char**, const char**) {
    *p = new Program{source, "", ""};
    return 0;
}
API nvrtcCompileProgram(Program* p, int count, const char** options) {
    std::string base = scratch + "/standin-XXXXXX", macros;
    if (!mkdtemp(base.data())) return 11;
    bool architecture = false;
    for (int i = 0; i < count; i++) {
        std::string option = options[i];
        if (is_macro(option)) macros += " " + option;
        architecture |= option.rfind("--gpu-architecture=sm_", 0) == 0;
    }
    if (!architecture) return 5;
    std::ofstream(base + "/k.cpp") << "#include \"emulate.h\"\n#line 1\n" << p->source << doors("\n" + p->source);
    std::string command = "TMPDIR='" + base + "' g++ " STANDIN_FLAGS " -shared '-I" STANDIN_HOME "'" + macros;
    command += " '" + base + "/k.cpp' -o '" + base + "/k.so' 2>'" + base + "/log'";
    int status = system(command.c_str());
    p->log = contents(base + "/log");
    if (status == 0) {
        std::string library = contents(base + "/k.so");
        size_t bytes = library.size();
        p->code = "STANDIN1" + std::string((const char*) &bytes, 8) + library;
    }
    for (const char* file : {"/k.cpp", "/k.so", "/log"}) unlink((base + file).c_str());
    rmdir(base.c_str());
    return status == 0 ? 0 : 6;
}
API nvrtcGetCUBINSize(Program* p, size_t* n) { *n = p->code.size(); return 0; }
API nvrtcGetCUBIN(Program* p, char* out) { memcpy(out, p->code.data(), p->code.size()); return 0; }
API nvrtcGetProgramLogSize(Program* p, size_t* n) { *n = p->log.size() + 1; return 0; }
API nvrtcGetProgramLog(Program* p, char* out) { memcpy(out, p->log.c_str(), p->log.size() + 1); return 0; }
API nvrtcDestroyProgram(Program** p) { delete *p; *p = nullptr; return 0; }
extern "C" __attribute__((visibility("default"))) const char* nvrtcGetErrorString(int e) {
    return e == 6 ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR";
}
